#!/usr/bin/env python3
"""Sends a damped cosine as the course's programs do, and has it plotted.

    python3 plot.py --broker 192.168.1.5 ada s3cret

The broker draws; matplotlib is not needed. Needs paho-mqtt 1.x or 2.x:
pip install paho-mqtt, or apt install python3-paho-mqtt.
"""

import argparse
import json
import math
import os
import sys
import threading

import paho.mqtt.client as mqtt

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "micropython"))
from plotclient import PlotClient  # the board's own: it runs on both

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("session", help="your name (prefix)")
parser.add_argument("password")
parser.add_argument("--broker", default="127.0.0.1", metavar="HOST[:PORT]")
parser.add_argument("--rows", type=int, default=200)
args = parser.parse_args()

ready, answered = threading.Event(), threading.Event()
answers = []


def on_connect(client, userdata, flags, code, properties=None):
    if code != 0:
        print("The broker refuses:", mqtt.connack_string(code), "(its first page says why)")
        os._exit(1)
    client.subscribe([(args.session + "/plot/done", 1), (args.session + "/errors", 0)])


def on_message(client, userdata, message):
    if message.topic.endswith("/errors"):
        print("The broker says:", message.payload.decode())
        answers.append(None)
    else:
        answer = json.loads(message.payload)
        print("%s is at %s" % (answer["file"], answer["url"]))
        answers.append(answer["file"])
    if len(answers) >= 2:  # the pickle and the plot
        answered.set()


if hasattr(mqtt, "CallbackAPIVersion"):  # paho 2
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
else:  # paho 1
    client = mqtt.Client()
client.username_pw_set(args.session, args.password)
client.on_connect, client.on_message = on_connect, on_message
client.on_subscribe = lambda *details: ready.set()

host, _, port = args.broker.partition(":")
client.connect(host, int(port or 1883))
client.loop_start()
ready.wait(30)

plot = PlotClient(client, args.session)
plot.new_series("damped", "time [s]", "cos", "envelope")
for n in range(args.rows):
    t = n / 20
    envelope = math.exp(-t / 3)
    plot.data("damped", t, envelope * math.cos(2 * math.pi * t), envelope)
plot.save_series("damped")
plot.plot_series("damped", filename="examples/damped.pdf", title=r"Damped cosine, $\tau$ = 3 s",
                 xlabel="time [s]", ylabel="amplitude", format=["b-", "r--"])
if not answered.wait(30):
    sys.exit("The broker gave no answer.")
client.disconnect()
client.loop_stop()
sys.exit(None in answers)
