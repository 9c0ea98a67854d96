"""The proxies of docs/operations.md, with the server behind them."""
