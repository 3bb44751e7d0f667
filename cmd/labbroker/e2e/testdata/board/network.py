"""A WiFi that takes one name and password: those of the test."""

STA_IF = 0


class WLAN:
    def __init__(self, interface):
        self.on = self.joined = False

    def active(self, on):
        self.on = on

    def isconnected(self):
        return self.joined

    def disconnect(self):
        pass

    def connect(self, name, password):
        if not self.on or (name, password) != ('EE49 "lab"', "r\\s\u00e9sistor"):
            raise OSError("no such WiFi: " + repr((name, password)))
        self.joined = True

    def ifconfig(self):
        return ("192.168.1.23", "255.255.255.0", "192.168.1.1", "192.168.1.1")
