#!/usr/bin/env python
"""Django's command line for Lightning State."""

import os
import sys

from lightning_site.env import ConfigurationError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lightning_site.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ConfigurationError as error:
        sys.exit(f"Configuration error: {error}")
    except Exception as error:
        from state.store.reasons import sentence_of

        sentence = sentence_of(error)
        if sentence is None:
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main()
