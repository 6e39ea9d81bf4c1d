#!/bin/sh
# Make a virtual environment with metricloom (editable) and all that its tests need.
# usage: make-venv.sh PYTHON VENV
set -eu

python=$1
venv=$2
scripts=$(dirname "$0")

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "metricloom needs Python 3.11 or newer; $python is $("$python" --version 2>/dev/null || echo "not a Python that runs")." >&2
    echo "Name another one: make PYTHON=python3.12 ..." >&2
    exit 1
}

# Debian and Ubuntu keep pip in packages of their own: a Python without them makes an environment without pip.
bootstrap_pip() {
    "$scripts/apt-unpack.sh" python3-pip-whl "$venv/debian" &&
        "$venv/bin/python" "$(echo "$venv"/debian/usr/share/python-wheels/pip-*.whl)/pip" install --quiet --disable-pip-version-check pip &&
        rm -rf "$venv/debian"
}

echo "Making $venv ..." >&2
"$python" -m venv --clear "$venv" >/dev/null 2>&1 || {
    "$python" -m venv --clear --without-pip "$venv"
    bootstrap_pip || { echo "$python has no pip. Install its venv package, such as python3-venv, and run this again." >&2; exit 1; }
}
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
touch "$venv/ready"
