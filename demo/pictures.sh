#!/usr/bin/env bash
# Draws docs/briefing.png from out/, as `make brief` left it. Needs Debian's chromium.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$profile" --force-device-scale-factor=1 \
  --window-size=1000,1180 --screenshot=docs/briefing.png "file://$PWD/out/briefing.html" 2>/dev/null
echo "drawn: docs/briefing.png"
