"""SendGrid and Slack as a hostile tester has them: honest books, and lies that are put between the books and the wire.

Written from the published API (paths, parameters, shapes, limits), not from arrivald's own simulator, with which it shares
nothing. A lie is a function (request, answer, account) -> answer; it may change a copy of the rows, replace the status, or
break the connection. What the account really did is in its books, so that a test can compare sums exactly.
"""
import copy
import datetime
import json
import selectors
import socket
import threading
import time
import urllib.parse
import zoneinfo

METRICS = ("blocks", "bounce_drops", "bounces", "clicks", "deferred", "delivered", "invalid_emails", "opens", "processed", "requests",
           "spam_report_drops", "spam_reports", "unique_clicks", "unique_opens", "unsubscribe_drops", "unsubscribes")
LISTS = ("bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes")
SINGLE = tuple(name for name in LISTS if name != "unsubscribes")  # asked for one address below /v3/suppression
SCOPES = ("stats.read", "stats.global.read", "mailbox_providers.stats.read", "categories.read", "categories.stats.read", "subusers.read",
          "subusers.stats.read", "suppression.read", "user.credits.read", "user.account.read", "user.webhooks.event.settings.read",
          "asm.groups.read", *(f"suppression.{name}.read" for name in LISTS))


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.headers, self.body = method, headers, body
        split = urllib.parse.urlsplit(target)
        self.path, self.query = split.path, urllib.parse.parse_qs(split.query, keep_blank_values=True)

    def one(self, name, default=None):
        return self.query.get(name, [default])[0]


class Answer:
    """`value`: encoded as JSON unless `body` is given. `wire`: whole, half (closed in the middle), stalled (half, then nothing),
    hanging (nothing at all), reset (closed at once)."""

    def __init__(self, status=200, value=None, body=None, headers=(), wire="whole", kind="application/json"):
        self.status, self.value, self.body, self.headers, self.wire, self.kind = status, value, body, list(headers), wire, kind

    def encode(self):
        body = self.body if self.body is not None else json.dumps(self.value, separators=(",", ":"))
        body = body if isinstance(body, bytes) else body.encode()
        lines = [f"HTTP/1.1 {self.status} Answer", f"Content-Type: {self.kind}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode(), body


def errors(status, message, headers=()):
    return Answer(status, {"errors": [{"field": None, "message": message}]}, headers=headers)


class Account:
    """What the account really did, and the lies that are told about it."""

    def __init__(self, provider, name, per_minute=600):
        self.provider, self.name, self.key = provider, name, f"SG.{name}.{'k' * 43}"
        self.days, self.providers, self.categories = {}, {}, {}  # date -> metric -> count; the same by name
        self.lists = {name: {} for name in LISTS}                # email -> (created, reason, status)
        self.groups = {}                                         # id -> (name, {email -> created})
        self.credits = {"remain": 90_000, "total": 100_000, "overage": 0, "used": 10_000, "last_reset": "2026-11-01",
                        "next_reset": "2026-12-01", "reset_frequency": "monthly"}
        self.reputation, self.per_minute, self.zone = 99.0, per_minute, "UTC"
        self.lies, self.asked, self.window = [], [], {}

    def today(self):
        """The day by the account's zone, which is the day that mail is booked on."""
        return datetime.datetime.fromtimestamp(self.provider.now(), zoneinfo.ZoneInfo(self.zone)).date().isoformat()

    def count(self, provider=None, category=None, date=None, **metrics):
        """Books mail on the day (today), and once more under the receiver's and the category's name if given."""
        date = date or self.today()
        books = [self.days.setdefault(date, dict.fromkeys(METRICS, 0))]
        if provider:
            books.append(self.providers.setdefault(date, {}).setdefault(provider, dict.fromkeys(METRICS, 0)))
        if category:
            books.append(self.categories.setdefault(date, {}).setdefault(category, dict.fromkeys(METRICS, 0)))
        for book in books:
            for metric, count in metrics.items():
                book[metric] += count

    def total(self, metric):
        return sum(day[metric] for day in self.days.values())

    def snapshot(self):
        return copy.deepcopy((self.days, self.providers, self.categories))


def dates_of(request, today):
    first = datetime.date.fromisoformat(request.one("start_date"))
    last = datetime.date.fromisoformat(request.one("end_date", today))
    return [(first + datetime.timedelta(n)).isoformat() for n in range((last - first).days + 1)]


def statistics(account, request, books=None):
    """The rows as the books have them: every day of the range, ascending, idle days as zeros."""
    days, providers, categories = books or (account.days, account.providers, account.categories)
    rows = []
    for date in dates_of(request, account.today()):
        zero = dict.fromkeys(METRICS, 0)
        if request.path == "/v3/stats":
            parts = [{"metrics": dict(days.get(date, zero))}]
        elif request.path == "/v3/mailbox_providers/stats":
            parts = [{"type": "mailbox_provider", "name": name, "metrics": {m: book[m] for m in
                      ("blocks", "bounces", "deferred", "delivered", "requests", "processed", "spam_reports")} | {"drops": 0}}
                     for name, book in sorted(providers.get(date, {}).items())]
        else:
            parts = [{"type": "category", "name": name, "metrics": dict(categories.get(date, {}).get(name, zero))}
                     for name in request.query.get("categories", [])]
        rows.append({"date": date, "stats": parts})
    return rows


def list_page(account, request):
    entries = [{"created": created, "email": email, "reason": reason, "status": status}
               for email, (created, reason, status) in account.lists[request.path.rsplit("/", 1)[1]].items()
               if int(request.one("start_time", 0)) <= created <= int(request.one("end_time", 1 << 40))]
    entries.sort(key=lambda entry: -entry["created"])
    offset, limit = int(request.one("offset", 0)), min(int(request.one("limit", 500)), 500)
    return entries[offset:offset + limit]


def unsubscribes(account, request):
    """Of groups and of everything, as the provider's OpenAPI file (tsg_suppressions_v3) has it: what is absent is no error."""
    path, groups = request.path, sorted(account.groups.items())
    if path == "/v3/asm/groups":
        return Answer(value=[{"id": number, "name": name, "description": name, "is_default": False, "unsubscribes": len(members)}
                             for number, (name, members) in groups])
    if path == "/v3/asm/suppressions":
        rows = [{"email": email, "group_id": number, "group_name": name, "created_at": created}
                for number, (name, members) in groups for email, created in members.items()]
        offset, limit = int(request.one("offset", 0)), min(int(request.one("limit", 500)), 500)
        return Answer(value=rows[offset:offset + limit])
    email = urllib.parse.unquote(path.rsplit("/", 1)[1])
    if path.startswith("/v3/asm/suppressions/global/"):
        return Answer(value={"recipient_email": email} if email in account.lists["unsubscribes"] else {})
    if path.startswith("/v3/asm/suppressions/") and path.count("/") == 4:
        # Every group of the account, whether the address is in it or not.
        return Answer(value={"suppressions": [{"id": number, "name": name, "description": name, "is_default": False,
                                               "suppressed": email in members} for number, (name, members) in groups]})
    return errors(404, "not found")


class LyingProvider:
    """All accounts (told apart by their keys) and all Slack webhooks (by path) behind one address, served by one thread that
    looks at all its sockets before virtual time may pass."""

    def __init__(self, clock=None):
        self.clock, self.accounts, self.slack, self.slack_lies = clock, {}, {}, {}
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.listener.setblocking(False)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ, None)
        self.lock, self.failure, self.stopped = threading.RLock(), None, False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def now(self):
        return self.clock.now() if self.clock else time.time()

    def account(self, name, **settings):
        account = Account(self, name, **settings)
        self.accounts[account.key] = account
        return account

    def messages(self, hook):
        """What the Slack webhook took, in order, each as JSON text."""
        with self.lock:
            return [text for status, text in self.slack.get(hook, []) if status == 200]

    # --- the wire ---

    def serve(self):
        while not self.stopped:
            events = self.selector.select(0.001 if self.clock else 0.1)
            if not events and self.clock:
                self.clock.looked()
            for key, _ in events:
                if key.fileobj is self.listener:
                    connection, _ = self.listener.accept()
                    self.selector.register(connection, selectors.EVENT_READ, bytearray())
                else:
                    self.read(key.fileobj, key.data)

    def read(self, connection, buffer):
        try:
            data = connection.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            return self.drop(connection)
        buffer += data
        while True:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            first, *lines = buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
            length = int(headers.get("content-length", 0))
            if len(buffer) < end + 4 + length:
                return
            body = bytes(buffer[end + 4:end + 4 + length])
            del buffer[:end + 4 + length]
            method, target, _ = first.split(" ", 2)
            if not self.write(connection, self.answer_safely(Request(method, target, headers, body))):
                return

    def write(self, connection, answer):
        """False if the connection is of no further use."""
        if answer.wire == "hanging":
            return True
        if answer.wire == "reset":
            self.drop(connection)
            return False
        head, body = answer.encode()
        data = head + (body if answer.wire == "whole" else body[:len(body) // 2])
        connection.setblocking(True)
        try:
            connection.sendall(data)
        except OSError:
            self.drop(connection)
            return False
        connection.setblocking(False)
        if answer.wire == "half":
            self.drop(connection)
            return False
        return True

    def drop(self, connection):
        self.selector.unregister(connection)
        connection.close()

    # --- the API ---

    def answer_safely(self, request):
        try:
            with self.lock:
                return self.answer(request)
        except Exception as failure:  # shown by the test; the program must not be blamed for it
            self.failure = failure
            return errors(500, f"the stub failed: {failure!r}")

    def answer(self, request):
        if request.path.startswith("/services/"):
            hook = request.path.rsplit("/", 1)[1]
            answer = Answer(200, body="ok", kind="text/html")
            for lie in self.slack_lies.get(hook, []):
                answer = lie(request, answer, None)
            self.slack.setdefault(hook, []).append((answer.status if answer.wire == "whole" else 0, request.body.decode()))
            return answer
        account = self.accounts.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if not account:
            return errors(401, "The provided authorization grant is invalid, expired, or revoked")
        account.asked.append((self.now(), request.path))
        answer = self.limited(account, request) or self.honest(account, request)
        for lie in list(account.lies):
            answer = lie(request, answer, account)
        return answer

    def limited(self, account, request):
        """The limit of requests a minute of one endpoint, as its headers tell it."""
        minute = int(self.now()) // 60
        used = account.window.get((request.path, minute), 0)
        account.window = {key: count for key, count in account.window.items() if key[1] == minute}
        account.window[request.path, minute] = used + 1
        if used < account.per_minute:
            return None
        return errors(429, "too many requests", [("X-RateLimit-Limit", account.per_minute), ("X-RateLimit-Remaining", 0),
                                                 ("X-RateLimit-Reset", (minute + 1) * 60)])

    def honest(self, account, request):
        path = request.path
        if path == "/v3/scopes":
            return Answer(value={"scopes": list(SCOPES)})
        if path in ("/v3/stats", "/v3/mailbox_providers/stats", "/v3/categories/stats"):
            return Answer(value=statistics(account, request))
        if path == "/v3/categories":
            names = sorted({name for books in account.categories.values() for name in books})
            offset = int(request.one("offset", 0))
            return Answer(value=[{"category": name} for name in names[offset:offset + int(request.one("limit", 50))]])
        if path.startswith("/v3/suppression/") and path.rsplit("/", 1)[1] in LISTS:
            return Answer(value=list_page(account, request))
        if path.startswith("/v3/suppression/") and path.count("/") == 4 and path.split("/")[3] in SINGLE:
            of, email = path.split("/")[3], urllib.parse.unquote(path.split("/")[4])
            found = account.lists[of].get(email)
            return Answer(value=[{"created": found[0], "email": email, "reason": found[1], "status": found[2]}] if found else [])
        if path.startswith("/v3/asm/"):
            return unsubscribes(account, request)
        if path == "/v3/user/credits":
            return Answer(value=account.credits)
        if path == "/v3/user/account":
            return Answer(value={"type": "paid", "reputation": account.reputation})
        return errors(404, "not found")


# --- lies ---

STATISTICS = ("/v3/stats",)


def sometimes(lie, every, paths=STATISTICS, first=0):
    """The lie in every so-manyth answer of the paths; honest otherwise."""
    seen = [first - 1]

    def told(request, answer, account):
        if request.path not in paths:
            return answer
        seen[0] += 1
        return lie(request, answer, account) if seen[0] % every == every - 1 else answer
    return told


def on_rows(change):
    """A lie about the rows of an answer that is otherwise sound: change(rows, account) -> rows."""
    def told(_, answer, account):
        if answer.status == 200 and isinstance(answer.value, list):
            answer.value = change(copy.deepcopy(answer.value), account)
        return answer
    return told


def field(metric, value):
    """The field of today (the last row with mail) has another value; Ellipsis: it is missing."""
    def change(rows, account):
        for row in rows:
            if row["date"] == account.today():
                for part in row["stats"]:
                    if value is Ellipsis:
                        part["metrics"].pop(metric, None)
                    else:
                        part["metrics"][metric] = value
        return rows
    return on_rows(change)


def stale_field(metric, past):
    """The field of today as it was in the snapshot `past`."""
    def change(rows, account):
        for row in rows:
            if row["date"] == account.today():
                for part in row["stats"]:
                    part["metrics"][metric] = past()[0].get(row["date"], {}).get(metric, 0)
        return rows
    return on_rows(change)


def replica(past):
    """The whole answer from the books as they were in the snapshot `past`."""
    def told(request, answer, account):
        answer.value = statistics(account, request, past())
        return answer
    return told


def without_today(rows, account):
    return [row for row in rows if row["date"] != account.today()]


def today_empty(rows, account):
    return [row | {"stats": []} if row["date"] == account.today() else row for row in rows]


def today_zero(rows, account):
    return [row | {"stats": [{"metrics": dict.fromkeys(METRICS, 0)}]} if row["date"] == account.today() else row for row in rows]


def rows_twice(rows, _):
    return rows + rows


def rows_backwards(rows, _):
    return rows[::-1]


def instead(**answer):
    """Another answer altogether."""
    return lambda request, honest, account: Answer(**answer)


def refused(status, message, headers=()):
    return lambda request, honest, account: errors(status, message, headers)


def limited_until(reset):
    """429 with whatever reset(now) says in the header."""
    return lambda request, honest, account: errors(429, "too many requests", [
        ("X-RateLimit-Limit", 600), ("X-RateLimit-Remaining", 0), ("X-RateLimit-Reset", reset(account.provider.now()))])


def broken(wire):
    def told(_, answer, __):
        answer.wire = wire
        return answer
    return told
