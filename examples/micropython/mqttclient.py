# mqttclient.py: the course's MQTTClient, for labbroker and any other MQTT 3.1.1
# broker. Runs in MicroPython and in Python; QoS 0 and 1.
#
#   from mqttclient import MQTTClient
#   mqtt = MQTTClient("192.168.1.5", user="ada", password="...")
#   mqtt.publish("ada/mcu/ina219", {"voltage": 5.01, "current_mA": 81.3})
#
# It waits for a broker that is not there yet, connects again when the
# connection breaks, and prints what the broker explains on <user>/errors.
import select
import socket
import struct
import time

try:
    from time import ticks_diff, ticks_ms
except ImportError:  # Python

    def ticks_ms():
        return int(time.monotonic() * 1000)

    def ticks_diff(a, b):
        return a - b


TIMEOUT = 10  # seconds for a connection, an answer, the rest of a packet

REFUSALS = {
    1: "it speaks another version of MQTT",
    2: "it does not take the client id",
    3: "it has no room for this board now.",
    4: "user or password is wrong",
    5: "this user may not connect: is the name right?",
}


class MQTTException(Exception):
    pass


def to_bytes(what):
    """The bytes of a topic or payload. Lengths count bytes: a degree sign has two."""
    if isinstance(what, str):
        return what.encode()
    if isinstance(what, (bytes, bytearray)):
        return what
    if isinstance(what, (dict, list, tuple)):
        import json

        return json.dumps(what).encode()
    return str(what).encode()


def field(data):
    if len(data) > 65535:
        raise ValueError("longer than 65535 bytes")
    return struct.pack("!H", len(data)) + data


def default_id():
    from binascii import hexlify

    try:
        from machine import unique_id

        return hexlify(unique_id())
    except ImportError:  # Python
        import os

        return b"py" + hexlify(os.urandom(6))


class MQTTClient:
    """Connects at once. server may be a list: they are tried in turn.

    user is the session: what the broker says on <user>/errors is printed.
    will is (topic, msg), also (topic, msg, retain, qos): see set_last_will.
    """

    def __init__(self, server, client_id=None, user=None, password=None, keepalive=0, port=1883, will=None):
        self.servers = [server] if isinstance(server, str) else list(server)
        self.port = port
        self.client_id = to_bytes(client_id or default_id())
        self.user = to_bytes(user or b"")
        self.password = to_bytes(password or b"")
        self.keepalive = keepalive
        self.sock = None
        self.callback = None
        self.filters = {}  # what connect() subscribes to again: filter -> QoS
        self.will = None
        self.errors = self.user and self.user + b"/errors"
        self.pid = 0
        self.inside = False  # a callback runs
        if will:
            self.set_last_will(*will)
        self.connect()

    # -- the connection ----------------------------------------------------
    def connect(self, clean_session=True):
        """Connects unless it is connected; waits until the broker is there.

        MQTTException when the broker refuses. Sessions are always clean.
        """
        while not self.sock:
            for server in self.servers:
                try:
                    self._open(server)
                    break
                except (OSError, IndexError) as e:
                    self._close()
                    print("MQTT: no answer from %s, port %d (%r). Trying again." % (server, self.port, e))
                    time.sleep(1)
                except MQTTException as e:
                    if e.args[0] != 3:
                        raise
                    print("MQTT:", e.args[1], "Trying again.")
                    time.sleep(5)
        return 0

    def _open(self, server):
        address = socket.getaddrinfo(server, self.port, socket.AF_INET, socket.SOCK_STREAM)[0][-1]
        self.sock = socket.socket()
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(address)
        self.poll = select.poll()
        self.poll.register(self.sock, select.POLLIN)
        self.pinged = ticks_ms()
        flags, rest = 2, field(self.client_id)
        if self.will:
            topic, msg, retain, qos = self.will
            flags |= 4 | qos << 3 | bool(retain) << 5
            rest += field(topic) + field(msg)
        if self.user:
            flags |= 0x80
            rest += field(self.user)
            if self.password:
                flags |= 0x40
                rest += field(self.password)
        self._send(0x10, b"\0\4MQTT\4" + struct.pack("!BH", flags, self.keepalive) + rest)
        code = self._answer(0x20)[1]
        if code:
            self._close()
            raise MQTTException(code, REFUSALS.get(code, "it does not say why"))
        wanted = dict(self.filters)
        if self.errors:
            wanted[self.errors] = wanted.get(self.errors, 0)
        for topic in wanted:
            self._subscribe(topic, wanted[topic])

    def disconnect(self):
        """Says good-bye: the last will is not sent."""
        if self.sock:
            try:
                self._send(0xE0, b"")
            except OSError:
                pass
            self._close()

    def _close(self):
        if self.sock:
            self.sock.close()
        self.sock = None

    def set_last_will(self, topic, msg, retain=False, qos=0):
        """What the broker publishes when this board is gone. Once connected, it connects anew."""
        self.will = (to_bytes(topic), to_bytes(msg), retain, qos)
        if self.sock:
            self.disconnect()
            self.connect()

    def ping(self):
        self._again(lambda: self._send(0xC0, b""))

    # -- publishing --------------------------------------------------------
    def publish(self, topic, msg, retain=False, qos=0):
        """Sends bytes, text, a number, or a dict or list as JSON.

        QoS 1 returns when the broker has it, and sends it again after a
        broken connection.
        """
        if qos not in (0, 1):
            raise ValueError("QoS is 0 or 1 here")
        topic, msg = to_bytes(topic), to_bytes(msg)
        if not self.errors and b"/" in topic:  # open access: no user, but a name
            self.errors = topic.split(b"/")[0] + b"/errors"
            self._again(lambda: self._subscribe(self.errors, 0))
        head, body = 0x30 | qos << 1 | bool(retain), field(topic)
        if not qos:
            self._again(lambda: self._send(head, body, msg))
        else:
            self._again(lambda: self._publish1(head, body, msg, self._next_id()))
        if not self.inside:
            self.check_msg()  # errors show, also in loops that only publish

    def _publish1(self, head, body, msg, pid):
        self._send(head, body + pid, msg)
        while self._answer(0x40) != pid:
            pass

    def publish_reading(self, values, topic="mcu/ina219"):
        """Sends a dict such as {"voltage": 5.01, "current_mA": 81.3} below the own prefix."""
        if not self.user:
            raise ValueError("the topic begins with your name: give MQTTClient user=\"...\"")
        self.publish(self.user + b"/" + to_bytes(topic), values)

    def new_series(self, series, *columns):
        """Begins a run. Units stand in the names: "Voltage [V]"."""
        self._plot("new_series", series, *columns)

    def data(self, series, *values):
        self._plot("data", series, *values)

    def save_series(self, series, filename=None):
        self._plot("save_series", series, filename)

    def plot_series(self, series, **options):
        """filename, title, xlabel, ylabel, format, figsize, xlog, ylog, hist, grid"""
        self._plot("plot_series", series, options)

    def _plot(self, verb, *what):
        self.publish_reading(what, verb)

    # -- receiving ---------------------------------------------------------
    def set_callback(self, f):
        """f(topic, msg) is called with bytes; without one messages are printed."""
        self.callback = f

    def subscribe(self, topic, qos=0):
        topic = to_bytes(topic)
        self.filters[topic] = min(qos, 1)
        self._again(lambda: self._subscribe(topic, min(qos, 1)))

    def _subscribe(self, topic, qos):
        pid = self._next_id()
        self._send(0x82, pid + field(topic) + bytes([qos]))
        while True:
            answer = self._answer(0x90)
            if answer[:2] == pid:
                break
        if answer[2] == 0x80 and topic != self.errors:
            self.filters.pop(topic, None)
            raise MQTTException(0x80, "the broker does not let you subscribe to " + topic.decode())

    def check_msg(self):
        """Takes what has come, without waiting for more."""
        self._again(self._check)

    def _check(self):
        for _ in range(20):
            if not self._ready(0):
                break
            self._take()
        self._alive()

    def wait_msg(self):
        """Waits for the next message."""
        while not self._again(self._wait):
            pass

    def _wait(self):
        self._alive()
        # A third of the keepalive, so that a ping goes out in time.
        return self._ready(self.keepalive * 333 or 60000) and self._take() == 0x30

    # -- packets -----------------------------------------------------------
    def _again(self, what):
        """Does it on a connection that works: a broken one is made anew."""
        while True:
            self.connect()
            try:
                return what()
            except (OSError, IndexError) as e:
                self._close()
                print("MQTT: the connection broke (%r). Connecting again." % e)

    def _next_id(self):
        self.pid = self.pid % 65535 + 1
        return struct.pack("!H", self.pid)

    def _send(self, head, body, more=b""):
        size = len(body) + len(more)
        packet = bytearray([head])
        while size > 127:
            packet.append(size & 127 | 128)
            size >>= 7
        packet.append(size)
        packet += body
        if len(more) < 1000:  # one segment; longer ones without a copy
            packet += more
            more = b""
        for part in (packet, more):
            part = memoryview(part)
            while len(part):
                part = part[self.sock.send(part):]
        self.sent = ticks_ms()

    def _read(self, n):
        data = b""
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise OSError(104)  # the broker closed
            data += more
        return data

    def _ready(self, ms):
        return bool(self.poll.poll(ms))

    def _answer(self, kind):
        """The next packet of a kind; messages that come before it are handed on."""
        while True:
            if not self._ready(TIMEOUT * 1000):
                raise OSError(110)  # no answer
            got = self._take(kind)
            if got is not None and got != 0x30:
                return got

    def _take(self, kind=None):
        """Reads one packet. 0x30 for a message, the packet's bytes for one of the kind."""
        head = self._read(1)[0]
        size = shift = 0
        while True:
            b = self._read(1)[0]
            size |= (b & 127) << shift
            if b < 128:
                break
            shift += 7
        self.heard = ticks_ms()
        if head & 0xF0 != 0x30:
            body = self._read(size)
            return body if head & 0xF0 == kind else None
        n = struct.unpack("!H", self._read(2))[0]
        topic = self._read(n)
        size -= 2 + n
        pid = None
        if head & 6:
            pid = self._read(2)
            size -= 2
        msg = self._read(size)
        if pid:
            self._send(0x40, pid)
        self._hand(topic, msg)
        return 0x30

    def _hand(self, topic, msg):
        if topic == self.errors:
            print("The broker says:", msg.decode())
            if topic not in self.filters:
                return
        inside, self.inside = self.inside, True
        try:
            if self.callback:
                self.callback(topic, msg)
            elif topic != self.errors:
                print("%s: %s" % (topic.decode(), msg))
        finally:
            self.inside = inside

    def _alive(self):
        """Pings when the keepalive wants it; OSError when the broker is silent."""
        if self.keepalive:
            now = ticks_ms()
            if ticks_diff(now, self.heard) > self.keepalive * 1500:
                raise OSError(110)
            idle = max(ticks_diff(now, self.sent), ticks_diff(now, self.heard))
            if idle > self.keepalive * 400 and ticks_diff(now, self.pinged) > self.keepalive * 300:
                self.pinged = now
                self._send(0xC0, b"")
