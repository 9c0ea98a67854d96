#!/bin/sh
# `make bench` puts load on the server with wrk: installs it from Debian's packages when it is
# missing and we may; otherwise says how to get it.
command -v wrk >/dev/null 2>&1 && exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing wrk from the system's packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y --no-install-recommends wrk ||
        { apt-get update && apt-get install -y --no-install-recommends wrk; }
    command -v wrk >/dev/null 2>&1 && exit 0
fi

echo "wrk is missing: apt-get install wrk (as root), then make bench again."
exit 1
