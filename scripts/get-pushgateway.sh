#!/bin/sh
# Link a Pushgateway, for tests of pushing, into TOOLS/bin: that of METRICLOOM_PUSHGATEWAY, else the one on PATH, else
# Debian's. Without one, those tests say so.
# usage: get-pushgateway.sh TOOLS
set -eu

scripts=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/bin"
tools=$(cd "$1" && pwd)
rm -f "$tools/bin/pushgateway"

# use PROGRAM: link the program, if it is there.
use() {
    path=$(command -v "$1") && path=$(realpath "$path") && ln -sf "$path" "$tools/bin/pushgateway"
}

debian=$tools/debian/usr/bin/prometheus-pushgateway
from_debian() {
    command -v apt-get >/dev/null || return 1
    [ -x "$debian" ] || {
        echo "Fetching Debian's prometheus-pushgateway package (4 MB) into $tools ..." >&2
        "$scripts/apt-unpack.sh" prometheus-pushgateway "$tools/debian"
    }
    use "$debian"
}

if [ -n "${METRICLOOM_PUSHGATEWAY:-}" ]; then
    use "$METRICLOOM_PUSHGATEWAY" || { echo "METRICLOOM_PUSHGATEWAY=$METRICLOOM_PUSHGATEWAY is no program" >&2; exit 1; }
else
    use pushgateway || use prometheus-pushgateway || from_debian ||
        echo "note: no Pushgateway here; the tests that need one will say so" >&2
fi
