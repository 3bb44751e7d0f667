"""Walks the project's mqttclient.py: FOLDER HOST PORT [SECOND PORT]. It runs in
MicroPython as well as in Python; what it does next it reads from its input."""
import sys

sys.path.insert(0, sys.argv[1])
from mqttclient import MQTTClient, MQTTException

host, port = sys.argv[2], int(sys.argv[3])


def say(*what):
    print(*what)
    if hasattr(sys.stdout, "flush"):
        sys.stdout.flush()


def await_go(word):
    say("READY", word)
    line = sys.stdin.readline().strip()
    if line != word:
        raise SystemExit("told " + line)


got = []
mqtt = MQTTClient(host, "board-1", user="ada", password="s3cret", port=port, keepalive=1,
                  will=("ada/status", "gone", True))
say("CONNECTED")
mqtt.set_callback(lambda topic, msg: got.append((topic, msg)))
mqtt.subscribe("ada/led", 1)
mqtt.connect()  # again, as the slides' code does

# Readings: a dict, text, bytes, a number; lengths count bytes.
mqtt.publish("ada/mcu/ina219", {"voltage": 5.012, "current_mA": 81.3})
mqtt.publish_reading({"voltage": 5.024, "current_mA": 80.1})
mqtt.publish("ada/temp", "21.5", qos=1)
mqtt.publish(b"ada/temp", b"21.6", qos=1)
mqtt.publish("ada/temp", 21.7, qos=1)
mqtt.publish("ada/text", "25 \u00b0C, 61 \u03a9, \u65e5\u672c", qos=1)
mqtt.publish("ada/led", "\u00fc", qos=1)  # comes back to the callback
while not got:
    mqtt.wait_msg()
say("GOT", got[0][0].decode(), repr(got[0][1]))
mqtt.publish("ada/long", "x" * 5000, qos=1)

# A series and its plot.
mqtt.subscribe("ada/plot/done")
mqtt.new_series("IV", "Voltage [V]", "Current [mA]")
for i in range(20):
    mqtt.data("IV", i / 10, 100 - i * i / 4)
mqtt.save_series("IV")
mqtt.plot_series("IV", filename="IV.svg", format=["o"], title="R in \u03a9")
while len([m for m in got if m[0] == b"ada/plot/done"]) < 2:
    mqtt.wait_msg()
say("PLOTTED", got[-1][1].decode())

# A mistake: the broker says so, and the loop goes on.
mqtt.publish("bob/x", "1", qos=1)
mqtt.check_msg()
mqtt.publish("ada/temp", "22", qos=1)

await_go("restart")
for i in range(1000):  # until it is through: the server was away in between
    mqtt.publish("ada/again", str(i), qos=1)
    if i == 20:
        break
say("AGAIN")
del got[:]
mqtt.publish("ada/led", "on", qos=1)  # subscribed again
while not got:
    mqtt.wait_msg()
say("LED", got[0][1].decode())

await_go("idle")  # longer than the keepalive: it pings
import time

for _ in range(30):
    mqtt.check_msg()
    time.sleep(0.1)
say("IDLED")

try:
    MQTTClient(host, user="ada", password="wrong", port=port)
    say("LET IN")
except MQTTException as e:
    say("REFUSED", e.args[0], e.args[1])
await_go("end")
mqtt.disconnect()
