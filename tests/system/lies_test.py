"""A provider that lies in every way that was seen or is imaginable: what is counted is exactly what happened, no lie pages
anybody, and what cannot be known is not claimed. usage: lies_test.py PROGRAM CLOCK [--soak] [CASE...]"""
import re
import sys
import time

import lying_provider as lies
from watched import Watched
from event_sender import NO_EVENTS, Sender, encode, with_odd_arguments
from harness import free_port
from virtual_clock import VirtualClock

PROGRAM, CLOCK = sys.argv[1], sys.argv[2]
SOAK = "--soak" in sys.argv
ONLY = [word for word in sys.argv[3:] if word != "--soak"]
START = 1_795_575_600  # 2026-11-25 03:00 UTC, a Wednesday
NO_LISTS = ", suppressions: false, mailbox_providers: {discover: false}, poll: {statistics: {every: 60s, jitter: 0%}}"


def past(account, minutes):
    """The books as they were so long ago, kept up to date by the traffic."""
    account.history = []
    return lambda: account.history[max(0, len(account.history) - 1 - minutes)]


def statistics_lies(account):
    """Each lie by name; made anew for every account."""
    often = 3
    some = lambda lie: [lies.sometimes(lie, often)]  # noqa: E731
    return {
        "honest": [],
        "null-delivered": some(lies.field("delivered", None)),
        "null-failure": some(lies.field("bounces", None)),
        "missing": some(lies.field("delivered", ...)),
        "missing-requests": some(lies.field("requests", ...)),
        "minus-one": some(lies.field("delivered", -1)),
        "text": some(lies.field("delivered", "many")),
        "stale-field": some(lies.stale_field("delivered", past(account, 7))),
        "stale-requests": some(lies.stale_field("requests", past(account, 7))),
        "replica": some(lies.replica(past(account, 5))),
        "replica-half": [lies.sometimes(lies.replica(past(account, 3)), 2)],
        "no-row": some(lies.on_rows(lies.without_today)),
        "empty-row": some(lies.on_rows(lies.today_empty)),
        "zero-row": some(lies.on_rows(lies.today_zero)),
        "twice": some(lies.on_rows(lies.rows_twice)),
        "backwards": some(lies.on_rows(lies.rows_backwards)),
        "empty": some(lies.instead(value=[])),
        "object": some(lies.instead(value={})),
        "null-answer": some(lies.instead(value=None)),
        "error-with-200": some(lies.instead(value={"errors": [{"field": None, "message": "internal"}]})),
        "login-page": some(lies.instead(body="<html><title>Sign in</title>", kind="text/html")),
        "s400": some(lies.refused(400, "start_date is invalid")),
        "s401": some(lies.refused(401, "authorization required")),
        "s403": some(lies.refused(403, "access forbidden")),
        "s404": some(lies.refused(404, "not found")),
        "s302": some(lies.instead(status=302, body="", headers=[("Location", "https://login.example.jp/")])),
        "s500": some(lies.refused(500, "internal server error")),
        "s502": some(lies.instead(status=502, body="<html>SendGrid - 502 Bad Gateway", kind="text/html")),
        "half": some(lies.broken("half")),
        "stalled": some(lies.broken("stalled")),
        "hanging": some(lies.broken("hanging")),
        "reset": some(lies.broken("reset")),
    }


class World:
    """Accounts with one lie each, their traffic, and the daemon that watches them, all by the virtual clock."""

    def __init__(self, names, settings, extra="", start=START):
        self.clock = VirtualClock(CLOCK, start)
        self.provider = lies.LyingProvider(self.clock)
        self.accounts = {name: self.provider.account(name) for name in names}
        self.daemon = Watched(PROGRAM, self.provider, {name: settings(name) for name in names}, extra)
        self.minute, self.first = 0, {}

    def start(self):
        """Starts the daemon, which reads the statistics for the first time."""
        self.daemon.start()
        self.clock.settle()
        self.first = {name: {metric: account.total(metric) for metric in lies.METRICS} for name, account in self.accounts.items()}

    def run(self, minutes, traffic, seconds=60):
        """So many minutes (or other steps) of traffic, each followed by what the daemon does until the next."""
        for _ in range(minutes):
            self.minute += 1
            for account in self.accounts.values():
                with self.provider.lock:
                    traffic(account, self.minute)
                    account.history = (getattr(account, "history", []) + [account.snapshot()])[-20:]
            self.clock.run(seconds)

    def wrong_sums(self):
        """Accounts whose counters differ from what happened since the first read."""
        wrong = {}
        for metric in ("requests", "processed", "delivered", "bounces"):
            counted = self.daemon.totals(f"arrivald_{metric}_total", "account")
            for name, account in self.accounts.items():
                happened = account.total(metric) - self.first[name][metric]
                if counted.get(name) != happened:
                    wrong.setdefault(name, {})[metric] = (counted.get(name), happened)
        return wrong

    def alerts(self):
        """The rules that were told, by account, whether they fired or resolved; "incident" where it was one."""
        told = {}
        for text in self.provider.messages("main"):
            for rule, account in re.findall(r"([a-z]+(?:-[a-z]+)*)(?:-\d+)?@([\w-]+)[^#\s\"]*#", text):
                told.setdefault(account, set()).add(rule)
        return told

    def close(self):
        self.daemon.clean()
        self.provider.stopped = True
        self.clock.close()
        if self.provider.failure:
            raise self.provider.failure


def usual(account, minute):
    """A minute's mail: enough for every rate to be known, well within every threshold."""
    failed = minute % 10 == 0
    account.count(requests=30 + minute % 7, processed=30 + minute % 7, delivered=29 + minute % 7 + (not failed), bounces=int(failed))


def in_world(world, play):
    try:
        play(world)
    except BaseException:
        print("--- the daemon's log ---\n" + world.daemon.text_of_log()[-6000:])
        raise
    finally:
        world.close()


def lies_of_statistics():
    """Every third answer lies for a while."""
    names = list(statistics_lies(lies.Account(None, "probe")))

    def play(world):
        told = {name: statistics_lies(account)[name] for name, account in world.accounts.items()}
        for account in world.accounts.values():
            usual(account, 0)
        world.start()
        world.run(10, usual)
        for name, account in world.accounts.items():
            account.lies = told[name]
        world.run(600 if SOAK else 24, usual)
        for account in world.accounts.values():
            account.lies = []
        world.run(8, usual)
        assert not world.wrong_sums(), f"counted, happened: {world.wrong_sums()}"
        assert not world.alerts(), world.alerts()
    in_world(World(names, lambda name: NO_LISTS), play)


# --- the event stream ---

def truth(account, sender, minute, last=None):
    """A minute's mail, in the statistics and as events."""
    failed = minute % 10 == 0
    count = 20 + minute % 5
    account.count(requests=count, processed=count, delivered=count - failed, bounces=int(failed))
    events = sender.mails(count - failed)
    if failed:
        events += sender.mails(1, "bounce", type="bounce", status="5.1.1", reason="550 5.1.1 user unknown")
    return events


def renamed(events, by):
    """The same events with other event ids, as some repetitions come."""
    return [event | {"sg_event_id": f"{event['sg_event_id']}-again-{by}"} for event in events]


def stream_lies():
    """How each account's events reach the daemon: (sender, events of this minute, of the former minutes) -> nothing."""
    def honest(sender, events, past):
        sender.send(events)

    def malformed_beside(sender, events, past):
        sender.send(events, NO_EVENTS if len(past) % 5 == 0 else ())
        sender.no_events = getattr(sender, "no_events", 0) + (len(NO_EVENTS) if len(past) % 5 == 0 else 0)

    def odd_arguments(sender, events, past):
        items, sound = with_odd_arguments(sender)
        sender.send(events, items if len(past) % 5 == 0 else ())
        if len(past) % 5 == 0:
            sender.book(sound)

    def repeated(sender, events, past):
        for _ in range(3):
            sender.send(events)
            sender.unbook(events)
        sender.book(events)

    def other_ids(sender, events, past):
        sender.send(events)
        for back in (1, 3, 9):
            if len(past) > back:
                sender.send(renamed(past[-1 - back], back))
                sender.unbook(past[-1 - back])

    def outcomes_first(sender, events, past):
        sender.send([event for event in events if event["event"] != "processed"])
        if len(past) > 2:
            sender.send([event for event in past[-3] if event["event"] == "processed"])

    def backwards(sender, events, past):
        sender.send(events[::-1])

    def one_each(sender, events, past):
        for n in range(0, len(events), 1 if len(past) % 10 == 0 else 9):
            sender.send(events[n:n + (1 if len(past) % 10 == 0 else 9)])

    def odd_fields(sender, events, past):
        for n, event in enumerate(events):
            event |= [{"timestamp": str(event["timestamp"])}, {"timestamp": event["timestamp"] * 1000}, {"category": []}, {"category": "one"},
                      {"attempt": 3}, {"pool": {"id": "7", "name": "x"}}, {"ip": None}, {"tls": True}][n % 8]
            event.pop("status", None)
        sender.send(events)

    def test_events(sender, events, past):
        fake = [event | {"email": "example@test.com", "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>", "sg_event_id": f"t-{event['sg_event_id']}",
                         "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0"} for event in events]
        sender.send(events)
        sender.send(fake)
        sender.unbook(fake)

    return {name: told for name, told in locals().items() if callable(told)}


def lies_of_the_stream():
    """Whatever comes beside them, in whatever order and however often: every event counts once."""
    told, port = stream_lies(), free_port()
    names = {name.replace("_", "-"): told[name] for name in told}
    senders = {name: Sender(port, name) for name in names}

    def settings(name):
        return NO_LISTS + f", events: {{public_keys: ['{senders[name].key.public}']}}"

    def play(world):
        past = {name: [] for name in names}
        for name, account in world.accounts.items():
            senders[name].clock = world.clock
            account.count(requests=100, processed=100, delivered=100)

        def traffic(account, minute):
            sender, name = senders[account.name], account.name
            events = truth(account, sender, minute)
            past[name].append(events)
            names[name](sender, events, past[name])
        world.start()
        world.run(240 if SOAK else 20, traffic)
        if "outcomes-first" in names:
            for events in past["outcomes-first"][-2:]:
                senders["outcomes-first"].send([event for event in events if event["event"] == "processed"])
        world.run(2, lambda account, minute: None)
        wrong = {}
        for name, sender in senders.items():
            for event in ("processed", "delivered", "bounce"):
                counted = world.daemon.metric(rf'arrivald_events_total\{{account="{name}",event="{event}"\}}') or 0
                if counted != sender.acknowledged[event]:
                    wrong.setdefault(name, {})[event] = (counted, sender.acknowledged[event])
            malformed = world.daemon.metric(rf'arrivald_events_malformed_total\{{account="{name}"\}}') or 0
            if malformed != getattr(sender, "no_events", 0):
                wrong.setdefault(name, {})["malformed"] = (malformed, getattr(sender, "no_events", 0))
        assert not wrong, f"counted, acknowledged: {wrong}"
        assert not world.wrong_sums(), world.wrong_sums()
        alerts = world.alerts()
        assert alerts.pop("malformed-beside", {"events-malformed"}) == {"events-malformed"}, alerts
        assert not alerts, alerts
    in_world(World(names, settings, f"event_stream: {{listen: {{port: {port}}}}}\n"), play)


def streams_that_tell_nothing():
    """A stream that lives but brings nothing usable, or stops, hides no failure that the statistics show, and invents none."""
    names = ("honest", "delivered-only", "malformed-only", "wrong-key", "never", "stops")
    port = free_port()
    senders = {name: Sender(port, name) for name in names}

    def settings(name):
        return NO_LISTS + f", events: {{public_keys: ['{senders[name].key.public}']}}"

    def play(world):
        for name, account in world.accounts.items():
            senders[name].clock = world.clock
            account.count(requests=100, processed=100, delivered=100)

        def well(account, minute):
            if account.name != "never":
                senders[account.name].send(truth(account, senders[account.name], minute))

        def badly(account, minute):
            """Half of the mail bounces; only the honest stream says so."""
            sender = senders[account.name]
            if account.name == "stops":  # all is well there
                return truth(account, sender, minute)
            account.count(requests=20, processed=20, delivered=10, bounces=10)
            if account.name == "honest":
                sender.send(sender.mails(10) + sender.mails(10, "bounce", type="bounce", status="5.1.1", reason="550 5.1.1 user unknown"))
            elif account.name == "delivered-only":
                sender.send([event for event in sender.mails(10) if event["event"] == "delivered"])
            elif account.name == "malformed-only":
                sender.send([], NO_EVENTS * 4)
            elif account.name == "wrong-key":
                body = encode(sender.mails(20))
                status = world.clock.during(lambda: sender.post(body, sender.headers(body, key=senders["honest"].key)))
                assert status == 401, status
        world.start()
        world.run(30, well)
        assert not world.alerts(), world.alerts()
        world.run(25, badly)
        told = world.alerts()
        for name in names:
            if name != "stops":
                # A stream that brings what became of mail tells of incidents; without one there are alerts.
                expected = "incident" if name == "honest" else "delivery-rate"
                assert expected in told.get(name, ()), f"{name}: half of the mail bounces, and nobody was told: {told}"
        assert told["stops"] <= {"stream-silent"}, told
        refused = world.daemon.metric(r'arrivald_event_batches_total\{account="wrong-key",outcome="bad_signature"\}')
        assert refused == 25, refused
    in_world(World(names, settings, f"event_stream: {{listen: {{port: {port}}}}}\n"), play)


def limits_that_make_no_sense():
    """429 with a reset that is past, in other units, far off or no number: few requests, and soon back."""
    resets = {"right": lambda now: int(now) + 30, "past": lambda now: int(now) - 900, "to-go": lambda now: 20, "zero": lambda now: 0,
              "far": lambda now: int(now) + 10 ** 8, "milliseconds": lambda now: int(now * 1000) + 20_000, "negative": lambda now: -5,
              "text": lambda now: "soon", "fraction": lambda now: now + 0.5, "empty": lambda now: "", "huge": lambda now: "9" * 30}

    def play(world):
        for account in world.accounts.values():
            usual(account, 0)
        world.start()
        world.run(10, usual)
        began = world.clock.now()
        for name, account in world.accounts.items():
            account.lies = [lies.limited_until(resets[name])]
        world.run(10, usual)
        for name, account in world.accounts.items():
            asked = sum(at >= began for at, _ in account.asked)
            assert 2 <= asked <= 25, f"{name}: {asked} requests in ten minutes of 429"
            account.lies = []
        world.run(15, usual)
        assert not world.wrong_sums(), f"counted, happened: {world.wrong_sums()}"
    in_world(World(resets, lambda name: NO_LISTS), play)


def lists_that_shrink():
    """Entries that vanish from a list while it is paged, and others that come: added and removed are what really happened."""
    settings = ", mailbox_providers: {discover: false}, poll: {statistics: {every: 10m, jitter: 0%}, suppressions: {every: 5m, jitter: 0%}, " \
               "suppressions_full: {every: 1h, jitter: 0%}}"

    def shrinking(request, answer, account):
        """From the second page on, rows that stood on the first page are gone for as long as this crawl goes: all others move up."""
        if request.path == "/v3/suppression/bounces" and int(request.one("offset", 0)) > 0 and isinstance(answer.value, list):
            request.query["offset"] = [str(int(request.one("offset")) + 40)]
            answer.value = lies.list_page(account, request)
        return answer

    def play(world):
        for account in world.accounts.values():
            account.count(requests=100, processed=100, delivered=100)
            for n in range(1700):
                account.lists["bounces"][f"old{n}@example.jp"] = (START - 86400 - n, "550 5.1.1 unknown", "5.1.1")
            account.groups = {7: ("News", {f"reader{n}@example.jp": START - 86400 - n for n in range(40)}), 8: ("Offers", {})}
        world.start()
        world.run(2, usual)
        world.accounts["shrinking"].lies = [lies.sometimes(shrinking, 2, ("/v3/suppression/bounces",)),
                                            lies.sometimes(lies.on_rows(lambda rows, _: rows[3:]), 2, ("/v3/asm/suppressions",))]
        added = {name: 0 for name in world.accounts}
        removed = {name: 0 for name in world.accounts}

        def lists(account, minute):
            usual(account, minute)
            if minute % 7 == 0:
                account.lists["bounces"][f"new{minute}@example.jp"] = (int(world.clock.now()), "550 5.1.1 unknown", "5.1.1")
                added[account.name] += 1
            if minute == 50:
                for n in range(30):
                    del account.lists["bounces"][f"old{n * 50}@example.jp"]
                removed[account.name] = 30
                for n in range(5):
                    del account.groups[7][1][f"reader{n * 8}@example.jp"]
        world.run(60 * (30 if SOAK else 4), lists)
        world.accounts["shrinking"].lies = []
        world.run(130, usual)
        for name in world.accounts:
            is_list = rf'\{{account="{name}",list="bounces"\}}'
            counted = [world.daemon.metric(f"arrivald_suppression_list_{what}" + is_list) for what in ("added_total", "removed_total", "entries")]
            want = [added[name], removed[name], len(world.accounts[name].lists["bounces"])]
            assert counted == want, f"{name}: added, removed, entries {counted}, happened {want}"
            of_groups = [world.daemon.metric(f"arrivald_suppression_list_{what}" + is_list.replace("bounces", "group_unsubscribes"))
                         for what in ("added_total", "removed_total", "entries")]
            assert of_groups == [0, 5, 35], f"{name}: added, removed, entries of groups {of_groups}, happened [0, 5, 35]"
    in_world(World(("honest", "shrinking"), lambda name: settings), play)


def clocks_and_absences():
    """The wall clock is set, the machine sleeps, the daemon is away: no alarm, and nothing is counted twice or lost."""
    def play(world):
        for account in world.accounts.values():
            usual(account, 0)
        world.start()
        world.run(45, usual)
        for change in (lambda: world.clock.step(3600), lambda: world.clock.step(-3600), lambda: world.clock.suspend(1800), lambda: world.clock.step(90),
                       lambda: world.clock.suspend(4 * 3600), lambda: world.clock.step(-86400), lambda: world.clock.step(86400)):
            change()
            world.run(15, usual)
        for away in (360, 2400, 10 * 3600):
            assert world.daemon.stop() == 0
            for account in world.accounts.values():
                for _ in range(5):
                    usual(account, 1)
            world.clock.skip(away)
            world.daemon.start()
            world.clock.settle()
            world.run(15, usual)
        assert not world.wrong_sums(), f"counted, happened: {world.wrong_sums()}"
        assert not world.alerts(), world.alerts()
    in_world(World(("one", "two"), lambda name: NO_LISTS), play)


def days_in_other_zones():
    """A midnight of accounts in several time zones; one begins its day late, one corrects yesterday downwards for a while."""
    zones = {"utc": "UTC", "tokyo": "Asia/Tokyo", "denver": "America/Denver", "kiritimati": "Pacific/Kiritimati", "late": "UTC", "corrects": "UTC"}

    def late(rows, account):
        """The new day has no row for its first hour."""
        return lies.without_today(rows, account) if account.provider.now() % 86400 < 3600 else rows

    def corrects(rows, account):
        """Yesterday is lower by some for its first hours, and right again later."""
        if account.provider.now() % 86400 < 4 * 3600:
            for row in rows[:-1]:
                for part in row["stats"]:
                    part["metrics"] = {metric: max(0, count - 17) for metric, count in part["metrics"].items()}
        return rows

    def settings(name):
        return f", time_zone: {zones[name]}" + NO_LISTS.replace("60s", "10m")

    def play(world):
        for name, account in world.accounts.items():
            account.zone = zones[name]
            usual(account, 0)
        world.accounts["late"].lies = [lies.on_rows(late)]
        world.accounts["corrects"].lies = [lies.on_rows(corrects)]
        world.start()
        world.run(144 * 5 if SOAK else 123, usual, 600)
        world.run(9, lambda account, minute: None, 600)
        assert not world.wrong_sums(), f"counted, happened: {world.wrong_sums()}"
        assert not world.alerts(), world.alerts()
    in_world(World(zones, settings, start=START - 7 * 3600), play)


CASES = {case.__name__: case for case in (lies_of_statistics, lies_of_the_stream, streams_that_tell_nothing, limits_that_make_no_sense,
                                          lists_that_shrink, clocks_and_absences, days_in_other_zones)}
for name in ONLY or CASES:
    began = time.monotonic()
    CASES[name]()
    print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)
print("ok")
