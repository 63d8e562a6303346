"""Whoever posts to the event listener: a genuine provider, and strangers who mean harm. Written from SendGrid's documentation of
the Event Webhook and from RFC 9112; nothing here knows the program's code."""
import asyncio
import base64
import ctypes
import ctypes.util
import http.client
import itertools
import json
import random
import subprocess
import time

SIGNATURE, TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
MEGABYTE = 1 << 20


class Signer:
    """ECDSA over P-256 with SHA-256 of the timestamp followed by the body, as the Signed Event Webhook does it."""

    def __init__(self, folder):
        self.path = f"{folder}/event-key.pem"
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.path], check=True, capture_output=True)
        der = subprocess.run(["openssl", "ec", "-in", self.path, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        self.public = base64.b64encode(der).decode()
        self.load()

    # The library's handles do not survive pickling: each process loads the key anew.
    def __getstate__(self):
        return {"path": self.path, "public": self.public}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.load()

    def load(self):
        lib = self.lib = ctypes.CDLL(ctypes.util.find_library("crypto"))
        for name in ("BIO_new_file", "PEM_read_bio_PrivateKey", "EVP_MD_CTX_new", "EVP_sha256"):
            getattr(lib, name).restype = ctypes.c_void_p
        file = lib.BIO_new_file(self.path.encode(), b"r")
        self.key = lib.PEM_read_bio_PrivateKey(ctypes.c_void_p(file), None, None, None)
        lib.BIO_free(ctypes.c_void_p(file))
        assert self.key, self.path

    def headers(self, body, stamp=None):
        stamp = stamp or str(int(time.time()))
        lib, text = self.lib, stamp.encode() + body
        context = ctypes.c_void_p(lib.EVP_MD_CTX_new())
        assert lib.EVP_DigestSignInit(context, None, ctypes.c_void_p(lib.EVP_sha256()), None, ctypes.c_void_p(self.key)) == 1
        size, out = ctypes.c_size_t(128), ctypes.create_string_buffer(128)
        assert lib.EVP_DigestSign(context, out, ctypes.byref(size), text, ctypes.c_size_t(len(text))) == 1
        lib.EVP_MD_CTX_free(context)
        return {"Content-Type": "application/json", TIMESTAMP: stamp, SIGNATURE: base64.b64encode(out.raw[:size.value]).decode()}


def post(port, account, body, headers, timeout=30):
    """The status, or 0 if no answer came: then nobody knows whether the batch was stored."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("POST", f"/events/{account}", body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def events_of(poster, serial, count):
    """Messages of one poster that were accepted and delivered: two events each."""
    now = int(time.time())
    for number in range(serial, serial + count):
        for kind in ("processed", "delivered"):
            yield {"event": kind, "email": f"citizen{number}@example.jp", "timestamp": now, "sg_event_id": f"{kind}-{poster}-{number}",
                   "sg_message_id": f"m{poster}-{number}.recvd-0", "smtp-id": f"<{number}@example.org>", "category": ["notice"]}


def filled(item, size=4 * MEGABYTE - 1024):
    """A batch of as many of the same item as fit."""
    return b"[" + b",".join([item] * (size // (len(item) + 1))) + b"]"


def hostile_batches():
    """What is signed and yet nothing that the provider sends: (name, body). Each is below the limit of 4 MiB."""
    half = 2 * MEGABYTE
    tiny = b'{"event":"open","timestamp":1764000000}'
    yield "numbers", filled(b"1")
    yield "empty objects", filled(b"{}")
    yield "nulls beside a number that no parser takes", filled(b"null")[:-1] + b",1e400]"
    yield "empty objects beside a number that no parser takes", filled(b"{}")[:-1] + b",1e400]"
    yield "arrays within arrays", b"[" * half + b"]" * half
    yield "objects within objects", b"[" + b'{"a":' * (half // 6) + b"1" + b"}" * (half // 6) + b"]"
    yield "one object of a million members", b"[{" + b",".join([b'"a":1'] * 690_000) + b"}]"
    yield "one object of a million members, one of them broken", b"[{" + b",".join([b'"a":1'] * 680_000) + b',"b":1e400}]'
    yield "one event of two million bytes", b'[{"event":"open","timestamp":1764000000,"url":"' + b"x" * half + b'"}]'
    yield "brackets that never close", b"[" * (4 * MEGABYTE - 1024)
    yield "quotes", b'["' + b'\\"' * (half - 1024) + b'"]'
    yield "bytes that are no text", b'["' + b"\xff\xfe" * (half - 1024) + b'"]'
    yield "the same tiny event a hundred thousand times", filled(tiny)


def request(path, length, headers=(), method="POST"):
    lines = [f"{method} {path} HTTP/1.1", "Host: events.example.jp", f"Content-Length: {length}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


SIGNED = (f"{SIGNATURE}: MEUCIQDx", f"{TIMESTAMP}: 1764000000")


class Stranger:
    """Attackers from addresses of their own (127.0.0.0/8), each until `until`; they count what they saw, by kind."""

    def __init__(self, event_port, status_port, until, seed=1):
        self.ports, self.until, self.chance = (event_port, status_port), until, random.Random(seed)
        self.seen = {}

    def saw(self, what):
        self.seen[what] = self.seen.get(what, 0) + 1

    def left(self):
        return self.until - time.time()

    async def connect(self, source, port=None):
        return await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port or self.ports[0], local_addr=(source, 0)), 10)

    async def hold(self, kind, source, head, drip=None, every=1.0):
        """Sends a beginning, then a byte now and then, until it is cut; then begins anew."""
        while self.left() > 0:
            writer = None
            try:
                reader, writer = await self.connect(source)
                writer.write(head)
                await writer.drain()
                while self.left() > 0:
                    try:
                        got = await asyncio.wait_for(reader.read(4096), every)
                        self.saw(f"{kind}: {got.split(b' ')[1].decode() if got.startswith(b'HTTP') else 'cut'}")
                        break
                    except asyncio.TimeoutError:
                        if drip:
                            writer.write(drip)
                            await writer.drain()
            except (OSError, asyncio.TimeoutError):
                self.saw(f"{kind}: cut")
            finally:
                if writer:
                    writer.close()
            await asyncio.sleep(0.05)

    async def once(self, kind, source, text, port=None):
        """Sends a request, or what is none, and reads what comes."""
        while self.left() > 0:
            writer = None
            try:
                reader, writer = await self.connect(source, port)
                writer.write(text() if callable(text) else text)
                await writer.drain()
                got = await asyncio.wait_for(reader.read(4096), 10)
                self.saw(f"{kind}: {got.split(b' ')[1].decode() if got.startswith(b'HTTP') else 'cut'}")
            except (OSError, asyncio.TimeoutError, IndexError):
                self.saw(f"{kind}: cut")
            finally:
                if writer:
                    writer.close()
            await asyncio.sleep(0.02)

    def garbage(self):
        return bytes(self.chance.randrange(256) for _ in range(self.chance.randrange(1, 400))) + b"\r\n\r\n"

    def guess(self):
        form = f"grant_type=client_credentials&client_id=sendgrid&client_secret={self.chance.randrange(10**15)}".encode()
        return request("/events/main/token", len(form)) + form

    async def all(self):
        large = 4 * MEGABYTE - 1
        numbers = itertools.count(2)
        jobs = []

        def add(count, make):
            source = f"127.0.0.{next(numbers)}"
            jobs.extend(make(source) for _ in range(count))

        add(60, lambda s: self.hold("announced, unknown account", s, request("/events/nobody", large) + b"["))
        add(60, lambda s: self.hold("announced, no signature", s, request("/events/main", large) + b"["))
        add(60, lambda s: self.hold("announced, false signature, slow", s, request("/events/main", large, SIGNED) + b"[", b" "))
        add(8, lambda s: self.hold("false signature, half of a large body", s, request("/events/main", large, SIGNED) + b" " * (2 * MEGABYTE), b" " * 4096))
        add(60, lambda s: self.hold("a header byte by byte", s, b"POST /events/main HTTP/1.1\r\nX: ", b"x"))
        add(300, lambda s: self.hold("idle", s, b""))
        add(2, lambda s: self.once("garbage", s, self.garbage))
        add(2, lambda s: self.once("a long header", s, b"POST /events/main HTTP/1.1\r\nX: " + b"x" * 100_000))
        add(2, lambda s: self.once("too large", s, request("/events/main", 1 << 40, SIGNED)))
        add(2, lambda s: self.once("endless chunks", s, b"POST /events/main HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                                   + "\r\n".join(SIGNED).encode() + b"\r\n\r\n" + b"fffffff\r\n" + b" " * MEGABYTE))
        add(2, lambda s: self.once("a guessed token", s, self.guess))
        add(2, lambda s: self.once("the page of another host", s, b"GET /api/status HTTP/1.1\r\nHost: evil.example\r\n\r\n", self.ports[1]))
        await asyncio.gather(*jobs)


def strangers(event_port, status_port, until, results):
    """Runs all attackers in this process and hands over what they saw."""
    stranger = Stranger(event_port, status_port, until)
    asyncio.run(stranger.all())
    results.put(stranger.seen)
