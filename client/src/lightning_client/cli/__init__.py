"""The command line tool `lightning`."""

import sys


def main() -> None:
    """Start the tool, or say what it needs."""
    try:
        from lightning_client.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.exit("The command line needs two more packages: pip install 'lightning-client[cli]'")
    run()
