#!/usr/bin/env python3
"""Fetches a session's readings as CSV, with nothing but Python.

    python3 history.py --server http://192.168.1.5:8080 ada s3cret > ada.csv
"""

import argparse
import base64
import sys
import urllib.error
import urllib.parse
import urllib.request

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("session", help="your name (prefix)")
parser.add_argument("password")
parser.add_argument("--server", default="http://127.0.0.1:8080", metavar="URL")
parser.add_argument("--series", default="mcu/ina219", metavar="TOPIC", help="below the prefix")
args = parser.parse_args()

url = "%s/api/sessions/%s/rows.csv?%s" % (
    args.server, args.session, urllib.parse.urlencode({"series": args.series}))
login = base64.b64encode(("%s:%s" % (args.session, args.password)).encode()).decode()
try:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": "Basic " + login})) as answer:
        for line in answer:
            sys.stdout.write(line.decode())
except urllib.error.HTTPError as e:
    sys.exit("%s: %s" % (e, e.read().decode()))
