#!/bin/sh
# Link promtool, and a Prometheus server where there is one, into TOOLS/bin: those of METRICLOOM_PROMTOOL and
# METRICLOOM_PROMETHEUS, else those on PATH, else Debian's, else a promtool that Go builds.
# usage: get-prometheus.sh TOOLS
set -eu

oldest=2.42
built=3.16.0        # what Go builds
go_version=v0.316.0 # and the name that Go's modules have for it
scripts=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/bin"
tools=$(cd "$1" && pwd)
rm -f "$tools/bin/promtool" "$tools/bin/prometheus"

# recent_enough PROGRAM: it runs, and is at least as new as the oldest version that metricloom supports. One that was
# built by a plain `go install` has no version; it cannot be old, because that way of building it is not.
recent_enough() {
    said=$("$1" --version 2>&1) || return 1
    case $said in
        *", version  ("*) version=$built ;;
        *) version=$(printf '%s\n' "$said" | sed -n 's/^prom[a-z]*, version \([0-9][0-9.]*\).*/\1/p') ;;
    esac
    [ -n "$version" ] && [ "$(printf '%s\n' "$oldest" "$version" | sort -V | head -n 1)" = "$oldest" ]
}

# use NAME PROGRAM: link the program, if it is there and recent enough.
use() {
    path=$(command -v "$2") && path=$(realpath "$path") && recent_enough "$path" && ln -sf "$path" "$tools/bin/$1"
}

have() { [ -x "$tools/bin/$1" ]; }

from_debian() {
    [ -x "$tools/debian/usr/bin/promtool" ] || {
        command -v apt-get >/dev/null || return 1
        echo "Fetching Debian's prometheus package (20 MB) into $tools ..." >&2
        "$scripts/apt-unpack.sh" prometheus "$tools/debian"
    }
}

from_go() {
    command -v go >/dev/null || return 1
    [ -x "$tools/go/promtool" ] || {
        echo "Building promtool $built with Go into $tools (some minutes) ..." >&2
        GOBIN="$tools/go" go install -ldflags="-X github.com/prometheus/common/version.Version=$built" \
            "github.com/prometheus/prometheus/cmd/promtool@$go_version"
    }
}

# named PROGRAM VARIABLE VALUE: use the program that the user names, and no other if it does not do.
named() {
    [ -z "$3" ] || use "$1" "$3" || {
        echo "$2=$3 is not a $1 of version $oldest or newer" >&2
        exit 1
    }
}

named promtool METRICLOOM_PROMTOOL "${METRICLOOM_PROMTOOL:-}"
named prometheus METRICLOOM_PROMETHEUS "${METRICLOOM_PROMETHEUS:-}"
for program in promtool prometheus; do have "$program" || use "$program" "$program" || true; done

if ! { have promtool && have prometheus; } && from_debian; then
    for program in promtool prometheus; do have "$program" || use "$program" "$tools/debian/usr/bin/$program" || true; done
fi
have promtool || { from_go && use promtool "$tools/go/promtool"; } || {
    cat >&2 <<END
No promtool of version $oldest or newer was found, and neither apt-get nor Go could provide one. Any of these will do:
  - install Prometheus (it brings promtool) with your package manager: brew install prometheus, apt install prometheus
  - unpack a release of Prometheus, and put its folder on PATH, or set METRICLOOM_PROMTOOL=/path/to/promtool
  - install Go, and run this again
END
    exit 1
}
have prometheus || echo "note: no Prometheus server here; the tests that need one will say so" >&2
