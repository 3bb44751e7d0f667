#!/bin/sh
# Makes sure that the programs which the tests drive are there: a browser,
# mosquitto's clients, Python's MQTT client, sqlite3, what opens exports and
# plots (NumPy, SciPy, pandas, openpyxl, matplotlib, pdftotext), what reads QR
# codes (zbarimg), a C compiler for the race detector, and a C++ compiler for
# the sketch that a student gets. On Debian or Ubuntu as root they are
# installed; elsewhere the missing ones are named and the run stops.
set -eu

missing=""
need() { # need PACKAGE TEST...
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}
python_has() { # python_has MODULE
	# Debian's packages belong to Debian's own Python, which a python3 found
	# earlier in the PATH does not see. Looking for a module is a hundred times
	# quicker than importing pandas.
	for p in /usr/bin/python3 python3; do
		if "$p" -c 'import importlib.util as u, sys; sys.exit(u.find_spec(sys.argv[1]) is None)' "$1"; then return 0; fi
	done
	return 1
}
browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
cc() { command -v gcc || command -v clang; }
cxx() { command -v g++ || command -v clang++; }

look() {
	missing=""
	need chromium browser
	need mosquitto-clients command -v mosquitto_pub
	need python3-paho-mqtt python_has paho.mqtt.client
	need sqlite3 command -v sqlite3
	for module in numpy scipy pandas openpyxl matplotlib; do
		need "python3-$module" python_has "$module"
	done
	need poppler-utils command -v pdftotext
	need zbar-tools command -v zbarimg
	need gcc cc
	need g++ cxx
	need libc6-dev test -e /usr/include/stdlib.h -o "$(uname)" != Linux
}

# quicker is what the page tests run faster with, where the system offers it.
quicker() {
	if ! command -v chromium-headless-shell && apt-cache show chromium-headless-shell; then wish=chromium-headless-shell; else wish=""; fi >/dev/null 2>&1
}

look
quicker
[ -z "$missing$wish" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q >/dev/null
	quicker
	echo "Installing for the tests:$missing $wish"
	# shellcheck disable=SC2086
	apt-get install -y -q --no-install-recommends $missing $wish >/dev/null
	look
fi
[ -z "$missing" ] && exit 0

echo "The tests need these, named as Debian's packages:$missing" >&2
echo "Install them and run make test again. (As root on Debian or Ubuntu make test does it itself.)" >&2
exit 1
