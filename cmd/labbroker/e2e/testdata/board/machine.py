"""A board's pins and an INA219 that shows 5.012 V and 81.3 mA."""


class Pin:
    def __init__(self, n):
        self.n = n


class I2C:
    def __init__(self, n, scl, sda):
        pass

    def writeto_mem(self, addr, register, data):
        pass

    def readfrom_mem(self, addr, register, n):
        value = {1: 813, 2: 1253 << 3}[register]
        return bytes([value >> 8, value & 255])


def unique_id():
    return b"\x24\x0a\xc4\x01\x02\x03"
