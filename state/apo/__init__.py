"""APO: the instance protects itself and grows by itself (contract §8)."""
