#!/usr/bin/env python3
"""What the daemon takes while nothing happens: resident and proportional memory, and CPU over a minute of polls.

usage: tests/bench/idle.py PROGRAM [SECONDS]
"""
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from harness import Daemon, Provider, wait_for

provider = Provider()
daemon = Daemon(sys.argv[1], provider, "")
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60
pathlib.Path(daemon.config).write_text(pathlib.Path(daemon.config).read_text().replace("every: 10s", "every: 60s"))


def cpu(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def kilobytes(pid, name):
    return next(int(line.split()[1]) for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith(name))


try:
    begun = time.monotonic()
    daemon.start()
    print(f"start to answer {(time.monotonic() - begun) * 1000:.0f} ms")
    wait_for("the first read", lambda: daemon.get("/readyz")[0] == 200)
    pid, before = daemon.process.pid, cpu(daemon.process.pid)
    time.sleep(seconds)
    print(f"resident {kilobytes(pid, 'Rss') / 1024:.1f} MB, proportional {kilobytes(pid, 'Pss') / 1024:.1f} MB, CPU {(cpu(pid) - before) * 60 / seconds:.0f} ms a minute")
finally:
    daemon.clean()
