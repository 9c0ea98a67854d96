"""One test per sentence of the contract, against a real `manage.py serve`."""
