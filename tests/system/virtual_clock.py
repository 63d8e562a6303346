"""Drives the clock of virtual_clock.cpp: time passes only while run() is called, as fast as program and servers are idle."""
import ctypes
import mmap
import os
import tempfile
import threading
import time

SECOND = 1_000_000_000


class Shared(ctypes.Structure):
    """As in virtual_clock.cpp."""
    _fields_ = [(name, ctypes.c_int64)
                for name in ("monotonic", "wall_offset", "boot_offset", "barrier", "quiet_looks", "idle_at_barrier")]


class VirtualClock:
    def __init__(self, library, wall):
        """`library`: the compiled virtual_clock.cpp; `wall`: seconds since 1970 at which the clock begins."""
        self.library, self.path = library, tempfile.mktemp(prefix="arrivald-clock-")
        with open(self.path, "wb") as file:
            file.write(b"\0" * mmap.PAGESIZE)
        file = os.open(self.path, os.O_RDWR)
        self.memory = mmap.mmap(file, mmap.PAGESIZE)
        os.close(file)
        self.shared = Shared.from_buffer(self.memory)
        self.shared.monotonic = self.shared.barrier = 1000 * SECOND
        self.shared.boot_offset = 0
        self.shared.wall_offset = int(wall) * SECOND - self.shared.monotonic

    def environment(self):
        """What a program needs to live by this clock."""
        return {"LD_PRELOAD": self.library, "VIRTUAL_CLOCK": self.path}

    def now(self):
        """Seconds since 1970, with fraction."""
        return (self.shared.monotonic + self.shared.wall_offset) / SECOND

    def run(self, seconds, patience=90):
        """Lets so much time pass, and returns when the program is idle again."""
        self.shared.barrier = self.shared.barrier + int(seconds * SECOND)
        self.settle(patience)

    def settle(self, patience=90):
        """Returns when the program has done what is due now."""
        idle, end = self.shared.idle_at_barrier, time.monotonic() + patience
        while self.shared.monotonic < self.shared.barrier or self.shared.idle_at_barrier < idle + 2:
            if time.monotonic() > end:
                raise AssertionError(f"the program is not idle after {patience} s")
            time.sleep(0.001)

    def suspend(self, seconds):
        """The machine sleeps: the wall clock and the time since boot go on, timers do not."""
        self.shared.boot_offset += int(seconds * SECOND)
        self.shared.wall_offset += int(seconds * SECOND)

    def skip(self, seconds):
        """Time passes while the program does not run."""
        self.shared.monotonic += int(seconds * SECOND)
        self.shared.barrier = self.shared.monotonic

    def step(self, seconds):
        """Somebody sets the wall clock."""
        self.shared.wall_offset += int(seconds * SECOND)

    def during(self, call):
        """The result of a call to the program. Time passes by milliseconds only, as the program's own short timers need."""
        answer = []
        worker = threading.Thread(target=lambda: answer.append(call()), daemon=True)
        worker.start()
        while worker.is_alive():
            idle = self.shared.idle_at_barrier
            worker.join(0.0005)
            if self.shared.idle_at_barrier > idle:
                self.shared.barrier += SECOND // 500
        return answer[0]

    def looked(self):
        """The test's servers found their sockets quiet."""
        self.shared.quiet_looks += 1

    def running(self):
        return self.shared.monotonic < self.shared.barrier

    def close(self):
        os.unlink(self.path)
