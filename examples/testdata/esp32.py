#!/usr/bin/env python3
"""Runs examples/micropython in CPython, as an ESP32 with an INA219 would.

    esp32.py HOST:PORT SESSION PASSWORD [--program NAME] [--seconds N] [--faults N] [--interval MS]

It stands in for what the board has and a PC has not: machine, network,
umqtt.simple and MicroPython's part of time. umqtt's packets leave as the
board sends them, each write a segment of its own. The INA219 shows 5.012 V and
81.3 mA, and misses the first N transfers. SESSION "-" leaves config.py as it
is. Without --seconds it runs until it is killed.
"""

import argparse
import os
import socket
import struct
import sys
import time
import types

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("broker", metavar="HOST:PORT")
parser.add_argument("session")
parser.add_argument("password")
parser.add_argument("--program", default="main")
parser.add_argument("--seconds", type=float, default=0)
parser.add_argument("--faults", type=int, default=0)
parser.add_argument("--interval", type=int, default=100)
args = parser.parse_args()

sys.stdout.reconfigure(line_buffering=True)
deadline = time.monotonic() + args.seconds if args.seconds else None


class TheEnd(BaseException):
    pass


def sleep_ms(ms):
    if deadline and time.monotonic() > deadline:
        raise TheEnd
    time.sleep(ms / 1000)


time.sleep_ms = sleep_ms
time.ticks_ms = lambda: int(time.monotonic() * 1000) & 0x3FFFFFFF


class Pin:
    OUT = 1

    def __init__(self, n, mode=None):
        self.level = 0

    def value(self, level=None):
        if level is None:
            return self.level
        self.level = int(level)


class I2C:
    """A bus with one INA219 at 0x40."""

    def __init__(self, n, scl, sda):
        self.faults = args.faults
        self.registers = {0: 0x399F, 1: 813, 2: 1253 << 3 | 2}

    def _transfer(self, addr):
        if self.faults > 0 or addr != 0x40:
            self.faults -= 1
            raise OSError(19, "ENODEV")

    def writeto_mem(self, addr, register, data):
        self._transfer(addr)
        self.registers[register] = struct.unpack("!H", data)[0]

    def readfrom_mem(self, addr, register, n):
        self._transfer(addr)
        assert n == 2
        return struct.pack("!H", self.registers.get(register, 0))


class WLAN:
    def __init__(self, interface):
        self.on = self.joined = False

    def active(self, on=None):
        if on is None:
            return self.on
        self.on = on

    def connect(self, name, password):
        assert self.on, "connect before active(True)"
        self.joined = True

    def disconnect(self):
        self.joined = False

    def isconnected(self):
        return self.joined

    def ifconfig(self):
        return ("192.168.1.23", "255.255.255.0", "192.168.1.1", "192.168.1.1")


class MQTTException(Exception):
    pass


class MQTTClient:
    """umqtt.simple's calls and its habits on the wire."""

    def __init__(self, client_id, server, port=0, user=None, password=None, keepalive=0, ssl=None):
        self.id, self.address = client_id, (server, port or 1883)
        self.user, self.password, self.keepalive = user, password, keepalive
        self.will, self.callback, self.packet, self.sock = None, None, 0, None

    def set_callback(self, f):
        self.callback = f

    def set_last_will(self, topic, msg, retain=False, qos=0):
        self.will = (topic, msg, retain, qos)

    # -- bytes -------------------------------------------------------------
    def _write(self, *parts):
        for p in parts:
            self.sock.sendall(p if isinstance(p, (bytes, bytearray)) else p.encode())

    def _field(self, s):  # len() of what it was given: a str counts characters
        self._write(struct.pack("!H", len(s)), s)

    def _read(self, n):
        data = b""
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                break
            data += more
        return data

    @staticmethod
    def _header(first, size):
        b = bytearray([first])
        while size > 0x7F:
            b.append(size & 0x7F | 0x80)
            size >>= 7
        b.append(size)
        return b

    def _next_id(self):
        self.packet += 1  # is never set back
        return struct.pack("!H", self.packet)

    # -- packets -----------------------------------------------------------
    def connect(self, clean_session=True):
        self.sock = socket.create_connection(self.address)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        flags, size = clean_session << 1, 12 + len(self.id)
        if self.will:
            topic, msg, retain, qos = self.will
            flags |= 0x04 | qos << 3 | retain << 5
            size += 4 + len(topic) + len(msg)
        if self.user:
            flags |= 0xC0
            size += 4 + len(self.user) + len(self.password)
        self._write(self._header(0x10, size), struct.pack("!H4sBBH", 4, b"MQTT", 4, flags, self.keepalive))
        self._field(self.id)
        if self.will:
            self._field(topic)
            self._field(msg)
        if self.user:
            self._field(self.user)
            self._field(self.password)
        answer = self._read(4)
        assert answer[0] == 0x20 and answer[1] == 2  # IndexError when the broker just closes
        if answer[3]:
            raise MQTTException(answer[3])
        return answer[2] & 1

    def disconnect(self):
        self._write(b"\xe0\0")
        self.sock.close()

    def ping(self):
        self._write(b"\xc0\0")

    def publish(self, topic, msg, retain=False, qos=0):
        self._write(self._header(0x30 | qos << 1 | retain, 2 + len(topic) + len(msg) + (2 if qos else 0)))
        self._field(topic)
        if qos:
            packet = self._next_id()
            self._write(packet)
        self._write(msg)
        while qos:
            if self.wait_msg() == 0x40 and self._read(3)[1:] == packet:
                return

    def subscribe(self, topic, qos=0):
        assert self.callback, "Subscribe callback is not set"
        packet = self._next_id()
        self._write(self._header(0x82, 5 + len(topic)) + packet)
        self._field(topic)
        self._write(bytes([qos]))
        while True:
            if self.wait_msg() == 0x90:
                answer = self._read(4)
                assert answer[1:3] == packet
                if answer[3] == 0x80:
                    raise MQTTException(0x80)
                return

    def check_msg(self):
        self.sock.setblocking(False)
        return self.wait_msg()

    def wait_msg(self):
        try:
            first = self.sock.recv(1)
        except BlockingIOError:
            first = None
        self.sock.setblocking(True)
        if first is None:
            return None
        if first == b"":
            raise OSError(-1)
        if first == b"\xd0":
            assert self._read(1) == b"\0"
            return None
        op = first[0]
        if op & 0xF0 != 0x30:
            return op
        size, shift = 0, 0
        while True:
            b = self._read(1)[0]
            size |= (b & 0x7F) << shift
            if not b & 0x80:
                break
            shift += 7
        n = struct.unpack("!H", self._read(2))[0]
        topic = self._read(n)
        size -= 2 + n
        if op & 6:
            packet = self._read(2)
            size -= 2
        self.callback(topic, self._read(size))
        if op & 6 == 2:
            self._write(b"\x40\x02", packet)
        return op


def module(name, **what):
    m = types.ModuleType(name)
    m.__dict__.update(what)
    sys.modules[name] = m


module("machine", Pin=Pin, I2C=I2C, unique_id=lambda: b"\x24\x0a\xc4" + struct.pack("!I", os.getpid())[1:])
module("network", WLAN=WLAN, STA_IF=0)
module("umqtt")
module("umqtt.simple", MQTTClient=MQTTClient, MQTTException=MQTTException)

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "micropython"))
import config

host, _, port = args.broker.rpartition(":")
config.BROKER, config.PORT, config.INTERVAL = host, int(port), args.interval
if args.session != "-":
    config.SESSION, config.PASSWORD = args.session, args.password

try:
    import boot
    __import__(args.program)
except TheEnd:
    pass
