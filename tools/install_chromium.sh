#!/bin/sh
# Browser tests drive the system's Chromium: installs it from Debian's packages when it is missing
# and we may; otherwise says how to get it. Never fails: the other tests run without it.
# Debian's Chromium without windows opens a page in half the processor time; Ubuntu has none.
for candidate in chromium-headless-shell chromium chromium-browser google-chrome; do
    command -v "$candidate" >/dev/null 2>&1 && exit 0
done

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        as_root="none"
    fi
    if [ "$as_root" != none ]; then
        echo "Installing Chromium from the system's packages, for the browser tests"
        # The package list may be old or empty (a fresh container): refresh it only when needed.
        export DEBIAN_FRONTEND=noninteractive
        install() { $as_root apt-get install -y --no-install-recommends "$1"; }
        install chromium-headless-shell || install chromium ||
            { $as_root apt-get update && { install chromium-headless-shell || install chromium; }; }
        for candidate in chromium-headless-shell chromium; do
            command -v "$candidate" >/dev/null 2>&1 && exit 0
        done
    fi
fi

echo "Chromium is missing and cannot be installed from here: the browser tests will be left out."
echo "To run them: apt-get install chromium (as root), then make test again."
exit 0
