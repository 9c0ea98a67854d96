"""What existing Lightning clients send and are answered (contract §12)."""
