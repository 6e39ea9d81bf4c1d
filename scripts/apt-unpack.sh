#!/bin/sh
# Unpack a Debian package without root and without installing it.
# usage: apt-unpack.sh PACKAGE FOLDER
set -eu

package=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo "there is no apt-get here" >&2; exit 1; }

work=$(mktemp -d "$folder/apt.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# apt's own lists may be missing, as in most containers, or too old, and only root may renew them: then use lists of our own.
with_own_lists() {
    mkdir -p state/lists/partial cache/archives/partial
    apt-get -qq -o Dir::State="$work/state" -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$work/cache" \
        -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=2 "$@"
}

apt-get -qq -o APT::Sandbox::User= download "$package" >log 2>&1 ||
    { with_own_lists update && with_own_lists download "$package"; } >>log 2>&1 ||
    { cat log >&2; exit 1; }
dpkg-deb --extract "$package"_*.deb "$folder"
