#!/bin/sh
# The tests need a Chromium, a voice, a relay (coturn) and, for the soak, networks of their own (nft, ip). Debian's
# packages where we may install them; the browser else from Playwright.
set -u
python=$1

works() { command -v "$1" >/dev/null 2>&1 && "$1" --version >/dev/null 2>&1; }

has() { command -v "$1" >/dev/null 2>&1; }

missing=
works chromium || missing="$missing chromium"
works espeak-ng || missing="$missing espeak-ng"
works firefox-esr || missing="$missing firefox-esr"
has turnserver || missing="$missing coturn"
has nft || missing="$missing nftables"
has ip || missing="$missing iproute2"
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && has apt-get; then
    echo "Installing$missing"
    # The tests start what they need themselves: no package may start a service here.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && trap 'rm -f "$policy"' EXIT
    fi
    # shellcheck disable=SC2086
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } \
        >/dev/null 2>&1 </dev/null || echo "apt-get could not install them" >&2
fi
has turnserver || echo "There is no coturn: calls through a relay are not tested. Install the package coturn."
works firefox-esr || echo "There is no Firefox: the call with another browser is not tested. Install firefox-esr."
works espeak-ng || echo "There is no espeak-ng: tests with speech will be skipped. Install it with your package manager."
if works chromium || ls "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium* >/dev/null 2>&1; then
    exit 0
fi
"$python" -m playwright install chromium || {
    echo "There is no Chromium and none could be installed: install the package chromium, then try again." >&2
    exit 1
}
