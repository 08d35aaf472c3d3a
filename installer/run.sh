#!/usr/bin/env bash
# Sets Ahascope up on a Debian 12 machine and starts the demo: the window with an R1-Zero run on countdown in it, or the same run in the
# terminal with --headless and where there is no display.
# Usage: installer/run.sh [--headless]

source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

headless=no
for argument in "$@"; do
    case $argument in
    --headless) headless=yes ;;
    *)
        echo "usage: installer/run.sh [--headless]" >&2
        exit 2
        ;;
    esac
done
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || headless=yes

installPackages build
buildPreset release ahascope ahascope-cli

demo=resources/experiments/r1-zero-countdown.toml
if [ "$headless" = yes ]; then
    exec build/release/bin/ahascope-cli run "$demo"
fi
exec build/release/bin/ahascope --start "$demo"
