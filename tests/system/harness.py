"""What the system tests share: a provider and a Slack that the test scripts, and the daemon as a process."""
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

KEY = "SG.system-test-key"
SOURCE = pathlib.Path(__file__).resolve().parents[2]


def wait_for(what, condition, seconds=60):
    """Looks until the condition gives something; a failure names what never came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds} s")


class Provider:
    """SendGrid and Slack in one: answers statistics from `requests` and `delivered`, and records what Slack gets."""

    def __init__(self):
        self.requests = self.delivered = self.failed = 1000
        self.messages, self.lock, self.polls = [], threading.Lock(), 0
        self.answer_slack = lambda body: (200, "ok")
        self.settings = lambda method, path, body: None  # answers of a test's own: (status, text)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self, status, body, kind="application/json"):
                data = body.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                path = self.path.split("?")[0]
                if path.startswith("/v3/") and self.headers.get("Authorization") != f"Bearer {KEY}":
                    return self.reply(401, '{"errors":[{"message":"authorization required"}]}')
                own = outer.settings("GET", path, "")
                if own:
                    return self.reply(*own)
                if path == "/v3/scopes":
                    return self.reply(200, '{"scopes":["stats.read"]}')
                if path == "/v3/stats":
                    query = dict(pair.split("=") for pair in self.path.split("?")[1].split("&"))
                    with outer.lock:
                        outer.polls += 1
                        today = {"requests": outer.requests, "processed": outer.requests, "delivered": outer.delivered, "bounces": outer.failed}
                    return self.reply(200, json.dumps([{"date": query["start_date"], "stats": [{"metrics": today}]}]))
                if path.startswith(("/v3/suppression/", "/v3/asm/")):
                    return self.reply(200, "[]")
                return self.reply(404, '{"errors":[{"message":"not found"}]}')

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                own = outer.settings(self.command, self.path, body)
                if own:
                    return self.reply(*own)
                status, text = outer.answer_slack(body)
                if status == 200:
                    with outer.lock:
                        outer.messages.append(json.loads(body))
                self.reply(status, text, "text/html")

            do_PATCH = do_POST

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ids(self):
        """The id of each message that was taken, from its last block."""
        with self.lock:
            return [m["attachments"][0]["blocks"][-1]["elements"][0]["text"].split("id ")[-1].split("ID ")[-1] for m in self.messages]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    def __init__(self, program, provider, extra="", account=""):
        self.program, self.folder, self.port = program, tempfile.mkdtemp(prefix="arrivald-system-"), free_port()
        self.config = os.path.join(self.folder, "arrivald.yaml")
        self.environment = dict(os.environ, TEST_KEY=KEY, TEST_HOOK=provider.url + "/services/T/B/secret-hook")
        self.write(provider, extra, account)
        self.process = None

    def write(self, provider, extra="", account=""):
        pathlib.Path(self.config).write_text(
            "language: en\n"
            f"accounts:\n  - {{name: main, key: {{environment: TEST_KEY}}, base_url: {provider.url}, mailbox_providers: {{discover: false}}, poll: {{statistics: {{every: 10s}}}}{account}}}\n"
            "slack: {webhook: {environment: TEST_HOOK}}\nstatus_page: off\n"
            f"store: {{path: {self.folder}/arrivald.db}}\nlisten: {{port: {self.port}}}\n" + extra)

    def start(self):
        self.log = open(os.path.join(self.folder, "log"), "a")
        self.process = subprocess.Popen([self.program, "run", self.config], stdout=self.log, stderr=self.log, env=self.environment)
        wait_for("the daemon answers", lambda: self.process.poll() is not None or self.get("/healthz")[0] == 200)
        assert self.process.poll() is None, f"the daemon has ended with {self.process.returncode}"
        return self

    def command(self, *words):
        return subprocess.run([self.program, *words], capture_output=True, text=True, env=self.environment, timeout=30)

    def get(self, path, method="GET", headers={}):
        try:
            request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, headers=headers)
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metrics(self):
        """The exposition; that it could be read is part of every assertion about it."""
        status, text = self.get("/metrics")
        assert status == 200 and "arrivald_build_info{" in text, (status, text[:200])
        return text

    def metric(self, series):
        """The value of the first series that matches the pattern, or None if there is none."""
        found = re.search(rf"^{series} (\S+)$", self.metrics(), re.M)
        return float(found.group(1)) if found else None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def text_of_log(self):
        log = pathlib.Path(self.folder, "log")
        return log.read_text() if log.exists() else "(it was not started)"

    def clean(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def shown_log_on_failure(daemon, test):
    try:
        test()
    except BaseException:
        print("--- the daemon's log ---\n" + daemon.text_of_log())
        raise
    finally:
        daemon.clean()
