# plots.py: measures an I-V curve and has it plotted:  mpremote run plots.py
# Turn the load from short circuit to open circuit while it runs.
import json
import machine
import time
from binascii import hexlify

from umqtt.simple import MQTTClient

import boot  # joins the WiFi
import config
from ina219 import INA219
from plotclient import PlotClient

STEPS = 50

done = []


def received(topic, payload):
    if topic.endswith(b"/plot/done"):
        answer = json.loads(payload)
        print(answer["file"], "is at", answer["url"])
        done.append(answer["file"])
    else:
        print("The broker says:", payload.decode())
        done.append(None)


sensor = INA219(machine.I2C(0, scl=machine.Pin(config.SCL), sda=machine.Pin(config.SDA)))
ME = config.SESSION.encode()
client = MQTTClient(hexlify(machine.unique_id()), config.BROKER, config.PORT,
                    user=ME, password=config.PASSWORD.encode(), keepalive=30)
client.set_callback(received)
client.connect()
client.subscribe(ME + b"/errors")
client.subscribe(ME + b"/plot/done")

plot = PlotClient(client, config.SESSION)
plot.new_series("IV", "Voltage [V]", "Current [mA]")
for step in range(STEPS):
    v, i = sensor.read()
    plot.data("IV", v, i)
    time.sleep_ms(config.INTERVAL)
plot.save_series("IV")
plot.plot_series("IV", filename="lab1/IV.pdf", format=["o"], title="Solar cell",
                 xlabel="Voltage [V]", ylabel="Current [mA]")
while len(done) < 2:  # the pickle and the plot
    client.wait_msg()
client.disconnect()
