# main.py: publishes the INA219, listens to SESSION/led, prints SESSION/errors.
import machine
import time
from binascii import hexlify

from umqtt.simple import MQTTClient, MQTTException

import config
from boot import join, wlan
from ina219 import INA219

# len() of a str counts characters, umqtt needs bytes: encode all that is sent.
ME = config.SESSION.encode()

led = machine.Pin(config.LED, machine.Pin.OUT)
i2c = machine.I2C(0, scl=machine.Pin(config.SCL), sda=machine.Pin(config.SDA))


def received(topic, payload):
    if topic == ME + b"/led":
        led.value(payload in (b"1", b"on"))
        print("LED:", led.value())
    else:  # SESSION/errors: the broker explains a mistake
        print("The broker says:", payload.decode())


def run():
    client = MQTTClient(hexlify(machine.unique_id()), config.BROKER, config.PORT,
                        user=ME, password=config.PASSWORD.encode(), keepalive=30)
    client.set_callback(received)
    client.set_last_will(ME + b"/status", b"offline", retain=True)
    try:
        client.connect()
        client.subscribe(ME + b"/errors")
        client.subscribe(ME + b"/led")
        client.publish(ME + b"/status", b"online", retain=True)
        print("Connected to", config.BROKER, "as", config.SESSION)
        measure(client)
    finally:
        if client.sock:  # the board has few sockets
            client.sock.close()


def measure(client):
    sensor = None
    while wlan.isconnected():
        try:
            sensor = sensor or INA219(i2c)
            v, i = sensor.read()
        except OSError as e:
            print("INA219: no answer, check SDA, SCL, 3V3 and GND:", e)
            sensor = None  # it forgets its settings without power
            client.ping()
            time.sleep_ms(1000)
        else:
            text = '{"voltage": %.3f, "current_mA": %.1f, "power_mW": %.1f}' % (v, i, v * i)
            client.publish(ME + b"/mcu/ina219", text.encode())
            time.sleep_ms(config.INTERVAL)
        client.check_msg()


while True:
    try:
        join()
        run()
    except MQTTException as e:  # 4: user or password, 5: name not allowed
        print("The broker refuses:", e, "(its first page says why)")
    except (OSError, IndexError, AssertionError) as e:  # umqtt's ways to say that the connection broke
        print("Connection lost:", repr(e))
    time.sleep_ms(2000)
