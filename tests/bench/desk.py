#!/usr/bin/env python3
"""What the desk costs, each figure beside its goal: bench_desk (the store with a million entries, exports, how long the loop
is held), then the demo's desk (bytes of a page of 50 rows, time of a page over HTTP) and idle memory with and without a desk.

usage: tests/bench/desk.py [BUILD] [ENTRIES]     BUILD: build/release; its targets arrivald and bench_desk are needed
"""
import gzip
import http.client
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from harness import Daemon, Provider, free_port, wait_for

PASSWORD = "arrivald-demo"
PAGE_KB, PAGE_MS, IDLE_MB = 40, 50, 3
SETTLE = 20  # seconds until a daemon is idle


def show(what, value, unit, goal):
    against = f"{goal} {unit}{'' if value <= goal else '  MISSED'}" if goal else "-"
    print(f"{what:<58} {value:9.2f} {unit:<3} goal {against}", flush=True)


class Session:
    """A user of the demo's desk."""

    def __init__(self, url):
        self.host = url.removeprefix("http://")
        form = urllib.parse.urlencode({"user": "ops-1", "password": PASSWORD})
        answer, _ = self.send("POST", "/login", form, {"Content-Type": "application/x-www-form-urlencoded",
                                                       "Sec-Fetch-Site": "same-origin"})
        self.cookie = answer.getheader("Set-Cookie").split(";")[0]

    def send(self, method, path, body=None, headers={}):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer, answer.read()

    def page(self, path, **headers):
        return self.send("GET", path, headers={"Cookie": self.cookie, "Accept-Language": "ja", **headers})[1]


def pages(program):
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w+") as log:
        demo = subprocess.Popen([program, "demo", "--lang", "ja", "--until-interrupted"], stdout=log, stderr=log)
        try:
            def said(label):
                lines = [line for line in pathlib.Path(log.name).read_text(errors="replace").splitlines() if label in line]
                return next((word.rstrip("/.") for line in lines for word in line.split() if word.startswith("http://")), None)

            def url(label):
                return wait_for(f"the address of {label}", lambda: said(label))
            page, session = url("画面"), Session(url("desk"))

            def is_read():
                with_lists = session.page("/?list=group_unsubscribes&period=month")
                return with_lists.count(b'name="entry"') + with_lists.count(b'i-lock"') > 0
            wait_for("the lists of " + page, is_read, 180)
            for path in ["/", "/?period=month", "/?list=blocks"]:
                raw = session.page(path)
                packed = session.page(path, **{"Accept-Encoding": "gzip"})
                assert gzip.decompress(packed).count(b"<tr") == raw.count(b"<tr") == 51, "a page has not 50 rows"
                show(f"page of 50 rows {path}, as browsers get it", len(packed) / 1000, "KB", PAGE_KB)
                show("  without compression", len(raw) / 1000, "KB", 0)
                took = []
                for _ in range(20):
                    begun = time.monotonic()
                    session.page(path, **{"Accept-Encoding": "gzip"})
                    took.append(time.monotonic() - begun)
                show("  over HTTP, the fastest of 20", 1000 * min(took), "ms", PAGE_MS)
        finally:
            demo.terminate()
            demo.wait(30)


def resident(program, extra):
    daemon = Daemon(program, Provider(), extra)
    try:
        daemon.start()
        wait_for("the first read", lambda: daemon.get("/readyz")[0] == 200)
        time.sleep(SETTLE)
        rollup = pathlib.Path(f"/proc/{daemon.process.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Rss:\s+(\d+)", rollup, re.M)[1]) / 1024
    finally:
        daemon.clean()


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/release").resolve()
    program = str(build / "daemon/arrivald")
    pages(program)
    hashed = subprocess.run([program, "desk", "password"], input=PASSWORD, capture_output=True, text=True).stdout.strip()
    desk = f'desk: {{listen: {{port: {free_port()}}}, users: [{{name: ops-1, role: operator, password: "{hashed}"}}]}}\n'
    without = resident(program, "")
    show("idle memory without a desk", without, "MB", 0)
    show("  that a desk adds", resident(program, desk) - without, "MB", IDLE_MB)
    subprocess.run([build / "tests/bench/bench_desk", *sys.argv[2:3]], check=True)


if __name__ == "__main__":
    main()
