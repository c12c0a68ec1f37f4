#!/bin/sh
# The tests need a Chromium and a voice. Debian's packages where we may install them, else Playwright's own browser.
set -u
python=$1

works() { command -v "$1" >/dev/null 2>&1 && "$1" --version >/dev/null 2>&1; }

if { ! works chromium || ! works espeak-ng; } && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium and espeak-ng"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium espeak-ng; } \
        >/dev/null 2>&1 </dev/null || echo "apt-get could not install them" >&2
fi
works espeak-ng || echo "There is no espeak-ng: tests with speech will be skipped. Install it with your package manager."
if works chromium || ls "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium* >/dev/null 2>&1; then
    exit 0
fi
"$python" -m playwright install chromium || {
    echo "There is no Chromium and none could be installed: install the package chromium, then try again." >&2
    exit 1
}
