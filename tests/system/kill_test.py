"""Killed at random instants: every message that was asked for arrives, none twice unless the kill fell between Slack's
answer and the commit, and the counters never fall."""
import json
import random
import sys

from harness import Daemon, Provider, shown_log_on_failure, wait_for

provider = Provider()
daemon = Daemon(sys.argv[1], provider)
generator = random.Random(20261123)


def counter():
    return daemon.metric(r'arrivald_requests_total\{account="main"[^}]*\}') or 0


def test():
    asked, before, first = 0, 0, provider.requests
    for round_ in range(8):
        daemon.start()
        wait_for("a read", lambda: daemon.get("/readyz")[0] == 200)
        now = counter()
        assert now >= before, f"a counter fell from {before} to {now}"
        # Everything that was requested at the provider since the first sight has been counted, exactly once.
        wait_for("what came meanwhile", lambda: counter() == provider.requests - first, 30)
        before = counter()
        provider.requests += generator.randrange(5, 50)
        status, _ = daemon.get("/api/test-alert?again=1", "POST", {"X-Arrivald": "1"})
        asked += status == 202
        # Any instant: before, while and after the message is posted.
        polls = provider.polls
        for _ in range(generator.randrange(0, 6)):
            daemon.get("/healthz")
        daemon.kill()
    daemon.start()
    wait_for("the rest of the outbox", lambda: len(set(provider.ids())) >= asked and json.loads(daemon.get("/api/status")[1])["outbox"]["waiting"] == 0)
    ids = provider.ids()
    assert len(set(ids)) == asked, f"{asked} asked for, {len(set(ids))} arrived"
    assert len(ids) - len(set(ids)) <= 8, "more doubles than kills"
    assert daemon.stop() == 0
    print(f"{asked} messages asked for, {len(ids) - len(set(ids))} of them doubled by a kill between answer and commit")


shown_log_on_failure(daemon, test)
print("ok")
