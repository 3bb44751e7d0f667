# ina219.py: voltage and current from an INA219 (TI SBOS448).


class INA219:
    def __init__(self, i2c, addr=0x40, shunt=0.1):
        self.i2c = i2c
        self.addr = addr
        self.shunt = shunt  # ohm
        # 32 V, 320 mV at the shunt, mean of 64 samples: a new value each 68 ms
        i2c.writeto_mem(addr, 0, b"\x3f\x77")

    def _register(self, n):
        b = self.i2c.readfrom_mem(self.addr, n, 2)
        return b[0] << 8 | b[1]

    def read(self):
        """Returns (volts, milliamps). OSError when the chip does not answer."""
        bus = self._register(2) >> 3  # steps of 4 mV
        drop = self._register(1)  # steps of 10 uV, signed
        if drop > 32767:
            drop -= 65536
        return bus * 0.004, drop * 0.01 / self.shunt
