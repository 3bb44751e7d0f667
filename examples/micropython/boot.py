# boot.py: joins the WiFi, and tries until it is in. Ctrl-C stops it.
import network
import time

import config

wlan = network.WLAN(network.STA_IF)


def join():
    if not wlan.active():
        wlan.active(True)
    while not wlan.isconnected():
        print("WiFi: joining", config.WIFI)
        try:
            wlan.disconnect()
            wlan.connect(config.WIFI, config.WIFI_PASSWORD)
        except OSError as e:  # "WiFi Internal Error": it was still busy
            print("WiFi:", e)
        for _ in range(100):
            if wlan.isconnected():
                break
            time.sleep_ms(100)
    print("WiFi: my address is", wlan.ifconfig()[0])


join()
