#!/usr/bin/env python3
"""Receives a session's readings on the host, and switches the board's LED.

    python3 host.py --broker 192.168.1.5 ada s3cret

Type "led on" or "led off" and Enter; Ctrl-C ends it. Needs paho-mqtt 1.x or
2.x: pip install paho-mqtt, or apt install python3-paho-mqtt.
"""

import argparse
import json
import sys

import paho.mqtt.client as mqtt

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("session", help="your name (prefix)")
parser.add_argument("password")
parser.add_argument("--broker", default="127.0.0.1", metavar="HOST[:PORT]")
args = parser.parse_args()


def on_connect(client, userdata, flags, code, properties=None):
    if code != 0:
        print("The broker refuses:", mqtt.connack_string(code), "(its first page says why)")
        return
    print("Connected as", args.session)
    # Here and not after connect(): a new connection subscribes again.
    client.subscribe([(args.session + "/mcu/ina219", 1), (args.session + "/errors", 0)])


def on_message(client, userdata, message):
    if message.topic.endswith("/errors"):
        print("The broker says:", message.payload.decode())
        return
    try:
        reading = json.loads(message.payload)
        print("%.3f V  %.1f mA" % (reading["voltage"], reading["current_mA"]))
    except (ValueError, KeyError, TypeError):
        print("not a reading:", message.payload)


def on_disconnect(client, userdata, *details):
    print("Connection ended")


if hasattr(mqtt, "CallbackAPIVersion"):  # paho 2
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
else:  # paho 1
    client = mqtt.Client()
client.username_pw_set(args.session, args.password)
client.on_connect, client.on_message, client.on_disconnect = on_connect, on_message, on_disconnect

host, _, port = args.broker.partition(":")
client.connect(host, int(port or 1883))
client.loop_start()  # receives, and connects again, in a thread of its own
try:
    for line in sys.stdin:
        command, _, value = line.strip().partition(" ")
        if command == "led":
            client.publish(args.session + "/led", value, qos=1)
        else:
            print("commands: led on, led off")
except KeyboardInterrupt:
    pass
client.disconnect()
client.loop_stop()
