#!/bin/sh
# Prints a Python that is 3.11 or newer and really starts (a pyenv shim may be there and not start).
for candidate in python3.11 python3 python3.12 python3.13 python3.14; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        command -v "$candidate"
        exit 0
    fi
done
