"""An event webhook as the provider's documentation describes it, with the sender's own books, and able to misbehave.

Shares no code with arrivald: keys and signatures are made here (ECDSA over P-256, FIPS 186), events are written by hand.
"""
import base64
import collections
import hashlib
import http.client
import itertools
import json
import secrets
import socket
import threading
import time

# --- P-256 ---
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(a, b):
    """The sum of two points in affine form; None is the neutral element."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def table():
    """The multiples d * 16**n of the base point, so that one multiplication is 64 additions."""
    rows, base = [], G
    for _ in range(64):
        row = [None]
        for _ in range(15):
            row.append(add(row[-1], base))
        rows.append(row)
        base = add(row[-1], base)
    return rows


TABLE = table()


def multiple(scalar):
    point = None
    for row in TABLE:
        point = add(point, row[scalar & 15])
        scalar >>= 4
    return point


def der(number):
    data = number.to_bytes(33, "big").lstrip(b"\0") or b"\0"
    data = b"\0" + data if data[0] & 128 else data
    return bytes([2, len(data)]) + data


class Key:
    PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")  # SubjectPublicKeyInfo up to the point

    def __init__(self):
        self.secret = secrets.randbelow(N - 1) + 1
        x, y = multiple(self.secret)
        self.public = base64.b64encode(self.PREFIX + b"\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big")).decode()

    def sign(self, data):
        digest = int.from_bytes(hashlib.sha256(data).digest(), "big")
        nonce = secrets.randbelow(N - 1) + 1
        r = multiple(nonce)[0] % N
        s = pow(nonce, -1, N) * (digest + r * self.secret) % N
        body = der(r) + der(s)
        return base64.b64encode(bytes([0x30, len(body)]) + body).decode()


def encode(events):
    """Objects one a line, as in the signed samples; an item that is already text goes in as it is."""
    return ("[" + ",\r\n".join(item if isinstance(item, str) else json.dumps(item) for item in events) + "]\r\n").encode()


def name_of(event):
    """The event as the metrics name it."""
    return "blocked" if event["event"] == "bounce" and event.get("type") == "blocked" else event["event"]


class Sender:
    """Posts the batches of one account, and remembers what must have been counted: `acknowledged`, by event."""

    def __init__(self, port, account, clock=None, key=None):
        self.port, self.account, self.clock, self.key = port, account, clock, key or Key()
        self.acknowledged, self.answers = collections.Counter(), collections.Counter()
        self.lock, self.serial = threading.Lock(), itertools.count(1)

    def now(self):
        return int(self.clock.now() if self.clock else time.time())

    def event(self, name, serial, recipient="docomo.ne.jp", at=None, **more):
        """One event of the mail `serial`, with ids as the provider forms them."""
        return {"email": f"citizen{serial}@{recipient}", "timestamp": self.now() if at is None else at, "event": name,
                "sg_event_id": f"{name}-{self.account}-{serial}", "sg_message_id": f"{self.account}{serial:012d}.recvd-7d5f-x-1-5F-{serial}.0",
                "smtp-id": f"<{serial}@example.jp>", "category": ["notices"], **more}

    def mails(self, count, last="delivered", recipient="docomo.ne.jp", **more):
        """So many mails, each processed and then `last`."""
        events = []
        for serial in itertools.islice(self.serial, count):
            events.append(self.event("processed", serial, recipient))
            if last:
                events.append(self.event(last, serial, recipient, **more))
        return events

    def headers(self, body, key=None, stamp=None):
        stamp = str(self.now() if stamp is None else stamp)
        return {"Content-Type": "application/json", "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
                "X-Twilio-Email-Event-Webhook-Signature": (key or self.key).sign(stamp.encode() + body)}

    def post(self, body, headers=None, path=None):
        """The status, or 0 if the answer never came: then nobody knows whether the batch was stored."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            connection.request("POST", path or f"/events/{self.account}", body, self.headers(body) if headers is None else headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            status = 0
        finally:
            connection.close()
        with self.lock:
            self.answers[status] += 1
        return status

    def book(self, events):
        with self.lock:
            for event in events:
                self.acknowledged[name_of(event)] += 1

    def unbook(self, events):
        """Events that were acknowledged, but must not have been counted."""
        with self.lock:
            for event in events:
                self.acknowledged[name_of(event)] -= 1

    def try_to_send(self, events, beside=()):
        """Posts the events (and items beside them that are no events) once. The status if they are not acknowledged, else 0."""
        body = encode([*events, *beside])
        status = self.clock.during(lambda: self.post(body)) if self.clock else self.post(body)
        if status // 100 != 2:
            return status or 1
        self.book(events)
        return 0

    def send(self, events, beside=()):
        """Posts until the events are acknowledged."""
        while status := self.try_to_send(events, beside):
            assert not self.clock, status
            time.sleep(0.02)

    def open_request(self, body, announced=None, headers=None):
        """A connection on which the head has been sent, and nothing of the body."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        lines = [f"POST /events/{self.account} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body) if announced is None else announced}"]
        lines += [f"{name}: {value}" for name, value in (self.headers(body) if headers is None else headers).items()]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return connection


def with_odd_arguments(sender):
    """Sound events (as text) whose custom arguments a parser may dislike, each valid JSON, and the events that they are."""
    odd = ('"order":1234567890123456789012345', '"order":1e400', '"note":"\\ud83d"', f'"deep":{"[" * 1100}{"]" * 1100}', '"":{"":[null]}',
           '"event":"delivered"', '"email":{}', '"timestamp":"x"', f'"long":"{"x" * 70000}"')
    events = sender.mails(len(odd), last=None)
    return [json.dumps(event)[:-1] + "," + more + "}" for event, more in zip(events, odd)], events


# Items that are no events, and may take none with them.
NO_EVENTS = ('{"event":"processed","email":12,"timestamp":1}', '{"email":"a@example.jp","timestamp":1790000000}',
             '{"event":"processed","email":"a@example.jp","sg_message_id":"x"}', '{"event":"processed","email":"a@example.jp","timestamp":"yesterday"}',
             "17", "null", '"processed"', '[{"event":"processed"}]', "{}", "1e999", "true")
