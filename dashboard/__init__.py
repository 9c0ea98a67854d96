"""The operators' pages and the socket that keeps them live."""
