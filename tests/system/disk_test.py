"""A disk that is full or read-only, in a mount namespace of the test's own: nothing is acknowledged that is not kept, every sum
is exact once there is space again, and on-call is told meanwhile. usage: disk_test.py PROGRAM CLOCK [CASE...]"""
import os
import subprocess
import sys
import tempfile

import lying_provider as lies
from watched import Watched
from event_sender import Sender
from harness import free_port
from virtual_clock import VirtualClock

PROGRAM, CLOCK, ONLY = sys.argv[1], sys.argv[2], sys.argv[3:]
START = 1_795_575_600  # 2026-11-25 03:00 UTC
SKIPPED = 77


def own_mounts():
    """Starts this test again where it may mount; where nobody may, the test is skipped."""
    if os.environ.get("ARRIVALD_OWN_MOUNTS"):
        return
    for how in (["unshare", "-m"], ["unshare", "-rm"]):
        if subprocess.run([*how, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False).returncode == 0:
            os.environ["ARRIVALD_OWN_MOUNTS"] = "1"
            os.execvp(how[0], [*how, sys.executable, *sys.argv])
    print("skipped: this machine does not let a test mount anything")
    sys.exit(SKIPPED)


class Disk:
    """A small file system of memory."""

    def __init__(self, kibibytes=4096):
        self.folder = tempfile.mkdtemp(prefix="arrivald-disk-")
        self.mount("-t", "tmpfs", "-o", f"size={kibibytes}k", "none")
        self.store = self.folder + "/arrivald.db"

    def mount(self, *words):
        subprocess.run(["mount", *words, self.folder], check=True)

    def fill(self):
        """Leaves not a byte."""
        with open(self.folder + "/filler", "wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while file.write(b"x" * size) == size:
                        pass
                except OSError:
                    pass

    def free(self):
        os.unlink(self.folder + "/filler")

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=False)
        os.rmdir(self.folder)


class World:
    """One account with an event stream, on a small disk, by the virtual clock."""

    def __init__(self):
        self.disk, self.clock = Disk(), VirtualClock(CLOCK, START)
        self.provider = lies.LyingProvider(self.clock)
        self.account = self.provider.account("main")
        port = free_port()
        self.sender = Sender(port, "main", self.clock)
        settings = ", suppressions: false, mailbox_providers: {discover: false}, poll: {statistics: {every: 60s, jitter: 0%}}, " \
                   f"events: {{public_keys: ['{self.sender.key.public}']}}"
        self.daemon = Watched(PROGRAM, self.provider, {"main": settings}, f"event_stream: {{listen: {{port: {port}}}}}\n", self.disk.store)
        self.waiting, self.refused = [], 0
        self.first = 1000
        self.account.count(requests=1000, processed=1000, delivered=1000)

    def minute(self, bad=0):
        """A minute's mail, of which so many bounce; what is refused is sent again the next minute, as the provider does."""
        self.account.count(requests=20, processed=20, delivered=20 - bad, bounces=bad)
        events = self.sender.mails(20 - bad) + self.sender.mails(bad, "bounce", type="bounce", status="5.1.1", reason="550 5.1.1 user unknown")
        self.waiting.append(events)
        still = []
        for batch in self.waiting:
            if self.sender.try_to_send(batch):
                self.refused += 1
                still.append(batch)
        self.waiting = still
        self.clock.run(60)

    def check_sums(self):
        assert not self.waiting, f"{len(self.waiting)} batches are still refused"
        for event, booked in self.sender.acknowledged.items():
            counted = self.daemon.metric(rf'arrivald_events_total\{{account="main",event="{event}"\}}') or 0
            assert counted == booked, f"{event}: {counted} counted, {booked} acknowledged"
        for metric in ("requests", "delivered", "bounces"):
            counted = self.daemon.totals(f"arrivald_{metric}_total", "account").get("main")
            happened = self.account.total(metric) - (self.first if metric != "bounces" else 0)
            assert counted == happened, f"{metric}: {counted} counted, {happened} happened"

    def close(self):
        self.daemon.clean()
        self.provider.stopped = True
        self.disk.close()
        if self.provider.failure:
            raise self.provider.failure


def in_world(play):
    world = World()
    try:
        play(world)
    except BaseException:
        print("--- the daemon's log ---\n" + world.daemon.text_of_log()[-6000:])
        raise
    finally:
        world.close()


def minutes(world, count, bad=0):
    for _ in range(count):
        world.minute(bad)


def full_while_running(world):
    world.daemon.start()
    world.clock.settle()
    minutes(world, 5)
    world.disk.fill()
    minutes(world, 10)
    world.disk.free()
    minutes(world, 5)
    world.check_sums()
    assert world.daemon.stop() == 0
    world.daemon.start()
    minutes(world, 2)
    world.check_sums()


def killed_while_full(world):
    world.daemon.start()
    world.clock.settle()
    minutes(world, 5)
    world.disk.fill()
    minutes(world, 5)
    world.daemon.kill()
    world.disk.free()
    world.daemon.start()
    minutes(world, 5)
    world.check_sums()


def told_while_full(world):
    """Half of the mail bounces while nothing can be stored."""
    world.daemon.start()
    world.clock.settle()
    minutes(world, 20)
    world.disk.fill()
    minutes(world, 15, bad=10)
    texts = world.provider.messages("main")
    assert any("delivery-rate@main" in text for text in texts), texts
    assert any("disk" in text.lower() for text in texts), texts
    assert sum("delivery-rate@main" in text for text in texts) <= 3, "told again and again"


def started_while_full(world):
    world.disk.fill()
    world.daemon.start()
    world.clock.settle()
    minutes(world, 20)
    minutes(world, 15, bad=10)
    texts = world.provider.messages("main")
    assert any("delivery-rate@main" in text for text in texts), texts
    assert any("disk" in text.lower() for text in texts), texts
    world.disk.free()


own_mounts()
CASES = {case.__name__: case for case in (full_while_running, killed_while_full, told_while_full, started_while_full)}
for name in ONLY or CASES:
    in_world(CASES[name])
    print(name, flush=True)
print("ok")
