"""Hostile load on both listeners while the provider goes on posting and the configuration is reloaded: every limit that is stated holds,
no genuine batch is cut, and what was acknowledged is counted exactly once.

usage: soak_test.py ARRIVALD [SECONDS]    20 seconds by default, as CI runs it; tests/run --soak asks for ten minutes
"""
import http.client
import itertools
import json
import multiprocessing
import os
import pathlib
import random
import signal
import socketserver
import sqlite3
import sys
import tempfile
import threading
import time

import adversary
from harness import Daemon, Provider, free_port, shown_log_on_failure, wait_for

MEBIBYTE = 1 << 20
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 20.0
POSTERS = 3
SCOPES = ["stats.read", "asm.groups.read"] + [f"suppression.{name}.read" for name in ("bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes")]
EVENT_BYTES, FORWARD_BYTES = 16 * MEBIBYTE, MEBIBYTE
MALFORMED, MALFORMED_BYTES = 10_000, 64 * MEBIBYTE
# What is promised: the memory that deploy/README.md states, a part of it for each mail within 26 hours; the connections of both
# listeners and some files; a loop that is never held up for long, measured from outside and freed of what this machine itself was late.
MAX_MEMORY, MEMORY_OF_A_MAIL, MAX_DESCRIPTORS, MAX_DELAY, MAX_LOG_LINES = 200 * MEBIBYTE, 90, 1024 + 256 + 100, 1.5, 200


def is_sanitized(program):
    with open(program, "rb") as file:
        return b"__asan_init" in file.read()


class SlowTarget(socketserver.ThreadingTCPServer):
    """Takes each batch that is forwarded to it, but far more slowly than they come."""
    daemon_threads = allow_reuse_address = True

    class Answer(socketserver.StreamRequestHandler):
        def handle(self):
            length = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            self.rfile.read(length)
            time.sleep(0.5)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def probe(port, pid, until, results):
    """The longest that the daemon computes while /healthz waits: on a busy machine the wait itself says nothing."""
    worst, answers = 0.0, 0
    while time.time() < until:
        time.sleep(0.02)
        begun, computed = time.monotonic(), processor_seconds(pid)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
        finally:
            connection.close()
        waited, computed = time.monotonic() - begun, processor_seconds(pid) - computed
        worst, answers = max(worst, min(waited, computed)), answers + 1
    results.put((worst, answers))


def provider_posts(port, signer, poster, until, results):
    """Posts as the provider does: the same batch again until somebody says that it is kept."""
    chance, serial, again, cut, acknowledged = random.Random(poster), 0, 0, 0, 0
    while time.time() < until:
        count = chance.randrange(1, 200)
        body = json.dumps(list(adversary.events_of(poster, serial, count))).encode()
        while (status := adversary.post(port, "main", body, signer.headers(body))) // 100 != 2:
            cut, again = cut + (status == 0), again + 1
            time.sleep(0.05)
        serial, acknowledged = serial + count, acknowledged + count
    results.put((acknowledged, again, cut))


def signed_harm(port, signer, until, results):
    """Bodies of a genuine key that nobody sends: a bug of the provider, or a stolen key."""
    seen = {}
    for name, body in itertools.cycle(list(adversary.hostile_batches())):
        if time.time() >= until:
            break
        begun = time.monotonic()
        status = adversary.post(port, "harm", body, signer.headers(body))
        took = time.monotonic() - begun
        seen[name] = (status, round(max(took, seen.get(name, (0, 0))[1]), 2))
    results.put(seen)


class Soak:
    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="arrivald-soak-")
        self.signer, self.provider, self.port, self.target = adversary.Signer(self.folder), Provider(), free_port(), SlowTarget()
        self.daemon = Daemon(program, self.provider, self.stream(4), self.accounts())
        self.provider.settings = lambda method, path, body: (200, json.dumps({"scopes": SCOPES})) if path == "/v3/scopes" else None
        self.memory = self.descriptors = self.reloads = 0

    def stream(self, megabytes):
        return (f"event_stream:\n  listen: {{port: {self.port}}}\n  max_body: {megabytes}MiB\n  max_bytes: {EVENT_BYTES // MEBIBYTE}MiB\n"
                f"  forward:\n    - {{name: archive, url: {{environment: TEST_TARGET}}, accounts: [main], max_bytes: {FORWARD_BYTES // MEBIBYTE}MiB}}\n")

    def accounts(self):
        events = f", events: {{public_keys: ['{self.signer.public}']}}"
        return events + "}\n  - {name: harm, key: {environment: TEST_KEY}, base_url: " + self.provider.url + ", mailbox_providers: {discover: false}" + events

    def start(self, target, *arguments):
        results = self.processes.Queue()
        process = self.processes.Process(target=target, args=(*arguments, results), daemon=True)
        process.start()
        return process, results

    def look(self):
        """Remembers the most that the daemon has taken of what is limited."""
        there = pathlib.Path(f"/proc/{self.daemon.process.pid}")
        fields = dict(line.split(":", 1) for line in (there / "status").read_text().splitlines())
        self.memory = max(self.memory, int(fields["VmHWM"].split()[0]) * 1024)
        self.descriptors = max(self.descriptors, len(os.listdir(there / "fd")))

    def reload(self):
        """The event listener is replaced, since the limit of its bodies changes."""
        self.reloads += 1
        self.daemon.write(self.provider, self.stream(4 + self.reloads % 2), self.accounts())
        self.daemon.process.send_signal(signal.SIGHUP)

    def run(self):
        self.processes = multiprocessing.get_context("fork")
        self.daemon.environment["TEST_TARGET"] = f"http://127.0.0.1:{self.target.server_address[1]}/"
        self.daemon.start()
        self.until = time.time() + SECONDS
        posters = [self.start(provider_posts, self.port, self.signer, number, self.until) for number in range(POSTERS)]
        harm = self.start(signed_harm, self.port, self.signer, self.until)
        strangers = self.start(adversary.strangers, self.port, self.daemon.port, self.until)
        prober = self.start(probe, self.daemon.port, self.daemon.process.pid, self.until)
        next_reload = time.time() + 2
        while time.time() < self.until:
            self.look()
            if time.time() > next_reload:
                self.reload()
                next_reload += 3
            time.sleep(0.2)
        self.check(*[[results.get(timeout=90) for _, results in some] for some in (posters, [harm], [strangers], [prober])])

    def counted(self, event, account="main"):
        return self.daemon.metric(rf'arrivald_events_total\{{account="{account}",event="{event}"\}}') or 0

    def check(self, posters, harm, strangers, prober):
        self.look()
        acknowledged, again, cut = (sum(column) for column in zip(*posters))
        (delay, probes), log = prober[0], self.daemon.text_of_log()
        print(f"{acknowledged} messages acknowledged, {again} batches sent again, {cut} cut, over {self.reloads} reloads\n"
              f"memory {self.memory / MEBIBYTE:.0f} MiB, {self.descriptors} descriptors, at most {delay:.2f} s of work before /healthz is answered, of {probes}, {log.count(chr(10))} lines of log")
        for seen in (harm[0], strangers[0]):
            for what, came in sorted(seen.items()):
                print(f"  {what}: {came}")
        assert acknowledged > 20 * SECONDS, "no load: this checks nothing"
        assert log.count("reloaded") >= self.reloads // 2 > 0, "no reload"
        for event in ("processed", "delivered"):
            wait_for(f"{event}: {acknowledged}, not {self.counted(event)}", lambda: self.counted(event) == acknowledged, 10)
        assert cut == 0, f"{cut} genuine batches were cut"
        assert again <= 0.05 * acknowledged, f"{again} genuine batches were refused"
        assert self.descriptors <= MAX_DESCRIPTORS
        # With the sanitizers everything takes longer, and what was freed is kept: neither number says anything then.
        if not is_sanitized(sys.argv[1]):
            assert self.memory <= MAX_MEMORY + MEMORY_OF_A_MAIL * acknowledged, f"{self.memory / MEBIBYTE:.0f} MiB"
            assert delay <= MAX_DELAY, f"the loop was held up for {delay} s"
        assert log.count("\n") < MAX_LOG_LINES + 10 * self.reloads, "the log grows with what strangers do"
        assert self.daemon.metric(r'arrivald_forward_batches_waiting\{target="archive"\}') is not None
        assert self.daemon.stop() == 0
        self.check_store()

    def check_store(self):
        with sqlite3.connect(os.path.join(self.daemon.folder, "arrivald.db")) as store:
            def one(query):
                return store.execute(query).fetchone()[0] or 0
            kept, waiting = one("SELECT sum(bytes) FROM event_batches"), one("SELECT sum(length(body)) FROM forward_batches")
            malformed, malformed_bytes = one("SELECT count(*) FROM malformed_events"), one("SELECT sum(length(raw)) FROM malformed_events")
        size = sum(file.stat().st_size for file in pathlib.Path(self.daemon.folder).glob("arrivald.db*"))
        print(f"stored: {kept / MEBIBYTE:.1f} MiB of events, {waiting / MEBIBYTE:.1f} MiB to be forwarded, {malformed} malformed events, {size / MEBIBYTE:.0f} MiB in all")
        assert kept <= EVENT_BYTES and waiting <= FORWARD_BYTES and malformed <= MALFORMED and malformed_bytes <= MALFORMED_BYTES
        # Beside those: the finders and indexes, and what malformed events take.
        assert size <= 3 * (EVENT_BYTES + FORWARD_BYTES) + 2 * MALFORMED_BYTES + 40 * MEBIBYTE


soak = Soak(sys.argv[1])
shown_log_on_failure(soak.daemon, soak.run)
print("ok")
