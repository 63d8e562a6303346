"""Killed at any instant under eight connections, with reloads in between: every sum is exact, every message arrives.
usage: crash_test.py PROGRAM [--soak]"""
import os
import random
import signal
import sys
import threading
import time

import lying_provider as lies
from watched import Watched
from event_sender import Sender, encode
from harness import free_port, shown_log_on_failure, wait_for

SOAK = "--soak" in sys.argv
KILLS = 100 if SOAK else 30
POSTERS_EACH = 4
chance = random.Random(20261126)
provider, port = lies.LyingProvider(), free_port()
accounts = {name: provider.account(name) for name in ("main", "guest")}
senders = {name: Sender(port, name) for name in accounts}
settings = {name: f", suppressions: false, mailbox_providers: {{discover: false}}, poll: {{statistics: {{every: 10s}}}}, "
                  f"events: {{public_keys: ['{senders[name].key.public}']}}" for name in accounts}
extra = [f"event_stream: {{listen: {{port: {port}}}, keep: {days}d, max_body: {mebibytes}MiB}}\n" for days, mebibytes in ((14, 4), (13, 4), (14, 5))]
daemon = Watched(sys.argv[1], provider, settings, extra[0])
stop, asked = threading.Event(), [0]


def batch(sender, dice):
    """Mails with every kind of outcome, in no order, some events doubled and some items that are no events."""
    events = sender.mails(dice.randrange(1, 25)) + sender.mails(dice.randrange(3), "bounce", type="bounce", status="5.1.1", reason="550 5.1.1 unknown")
    events += sender.mails(dice.randrange(3), "bounce", type="blocked", reason="421 4.7.0 try again later")
    events += sender.mails(dice.randrange(3), "deferred", response="450 4.2.0 busy", attempt="1")
    dice.shuffle(events)
    again = [dict(event) for event in events if dice.random() < 0.1]
    beside = ["17", '{"event":"processed","email":"a@example.jp"}'] if dice.random() < 0.2 else []
    return events, again, beside


def poster(name, number):
    """As the provider does: the same batch again until somebody says that it is kept."""
    sender, dice = senders[name], random.Random(number)
    while not stop.is_set():
        events, again, beside = batch(sender, dice)
        body = encode([*events, *again, *beside])
        while sender.post(body) // 100 != 2:
            time.sleep(0.05)
        sender.book(events)


def check(name):
    """The counters of the account against what its sender knows."""
    counted = events_of(name)
    return {event: (counted.get(event, 0), booked) for event, booked in senders[name].acknowledged.items() if counted.get(event, 0) != booked}


def events_of(name):
    return {event: daemon.metric(rf'arrivald_events_total\{{account="{name}",event="{event}"\}}') or 0 for event in senders[name].acknowledged}


def acknowledged():
    return sum(sum(sender.acknowledged.values()) for sender in senders.values())


def reload(accounts_now, settings_now):
    daemon.accounts, daemon.extra = accounts_now, settings_now
    before = daemon.metric("arrivald_config_accepted_total") or 0
    daemon.write(provider)
    os.kill(daemon.process.pid, signal.SIGHUP)
    wait_for("the reload", lambda: (daemon.metric("arrivald_config_accepted_total") or 0) > before, 30)


def grow():
    """Mail that the statistics report."""
    with provider.lock:
        for account in accounts.values():
            account.count(requests=chance.randrange(5, 50), delivered=chance.randrange(5))


def round_of_trouble():
    """A reload that takes an account out or changes the listener, load, the account back, a message, and the kill."""
    begun = acknowledged()
    kind = chance.randrange(4)
    if kind == 0:
        reload({"main": settings["main"]}, extra[0])
        wait_for("load beside", lambda: acknowledged() > begun + 200)
        reload(settings, extra[0])
    elif kind < 3:
        reload(settings, extra[kind])
    grow()
    status, _ = daemon.get("/api/test-alert?again=1", "POST", {"X-Arrivald": "1"})
    asked[0] += status == 202
    enough = acknowledged() + chance.randrange(1, 2000)
    wait_for("more events", lambda: acknowledged() >= enough)
    if kind == 3:  # in the middle of a reload that replaces the listener
        daemon.extra = extra[chance.randrange(3)]
        daemon.write(provider)
        os.kill(daemon.process.pid, signal.SIGHUP)
        time.sleep(chance.random() / 20)
    daemon.kill()


def test():
    for account in accounts.values():
        account.count(requests=1000, delivered=1000)
    daemon.start()
    wait_for("the first read", lambda: daemon.get("/readyz")[0] == 200)
    threads = [threading.Thread(target=poster, args=(name, number)) for number in range(POSTERS_EACH) for name in accounts]
    for thread in threads:
        thread.start()
    try:
        for _ in range(KILLS):
            round_of_trouble()
            daemon.start()
    finally:
        stop.set()
        if daemon.process.poll() is None:
            for thread in threads:
                thread.join()
    for name in accounts:
        assert not check(name), f"{name}: counted, acknowledged: {check(name)}"
        booked = senders[name].acknowledged
        assert all(booked[event] > 20 for event in ("processed", "delivered", "bounce", "blocked", "deferred")), booked
        # Statistics: what was requested since the first read, over all downtimes.
        want = accounts[name].total("requests") - 1000
        wait_for(f"{name}: {want} requests", lambda: daemon.totals("arrivald_requests_total", "account").get(name) == want, 40)
    wait_for("the messages", lambda: len({m.split("test#")[1].split('"')[0] for m in provider.messages("main") if "test#" in m}) >= asked[0], 60)
    assert daemon.stop() == 0
    if provider.failure:
        raise provider.failure
    print(f"{acknowledged()} events acknowledged over {KILLS} kills, {asked[0]} messages")


shown_log_on_failure(daemon, test)
print("ok")
