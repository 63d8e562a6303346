"""Two real Alertmanagers in one cluster are told of an incident, notify of it and of its end, over a kill of the daemon and of one of them."""
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request

from harness import Daemon, Provider, free_port, shown_log_on_failure, wait_for

if not shutil.which("prometheus-alertmanager"):
    print("skipped: there is no prometheus-alertmanager")
    sys.exit(77)

folder = tempfile.mkdtemp(prefix="arrivald-alertmanager-")
received = []


class Receiver(http.server.BaseHTTPRequestHandler):
    """Whom the Alertmanagers notify."""

    def do_POST(self):
        received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
settings = pathlib.Path(folder, "alertmanager.yaml")
settings.write_text(
    "route: {receiver: test, group_by: [incident], group_wait: 1s, group_interval: 1s, repeat_interval: 4h}\n"
    f"receivers: [{{name: test, webhook_configs: [{{url: 'http://127.0.0.1:{receiver.server_port}/', send_resolved: true}}]}}]\n")
ports, mesh, processes = [free_port(), free_port()], [free_port(), free_port()], []


def start(member):
    """As the second of a pair that was started already, or the first that awaits it."""
    log = open(os.path.join(folder, f"log-{member}"), "a")
    return subprocess.Popen(
        ["prometheus-alertmanager", f"--config.file={settings}", f"--storage.path={folder}/{member}", f"--web.listen-address=127.0.0.1:{ports[member]}",
         f"--cluster.listen-address=127.0.0.1:{mesh[member]}", f"--cluster.peer=127.0.0.1:{mesh[1 - member]}", "--cluster.peer-timeout=2s",
         "--cluster.settle-timeout=2s"], stdout=log, stderr=log)


def alerts(member):
    """What one of them has at present, by its own API."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[member]}/api/v2/alerts", timeout=5) as answer:
            return [alert for alert in json.load(answer) if alert["labels"]["alertname"] == "MailIncident"]
    except OSError:
        return []


provider = Provider()
refusing = []
provider.settings = lambda method, path, body: (503, "") if refusing and path.startswith("/v3/stats") else None
urls = ", ".join(f'"http://127.0.0.1:{port}"' for port in ports)
daemon = Daemon(sys.argv[1], provider, f"alertmanager: {{urls: [{urls}], labels: {{team: mail}}}}\nlinks: {{page: 'https://watch.example.jp'}}\n"
                "default_rules: false\nrules: [{name: stale, kind: threshold, input: data_age, critical: 1m, keep_firing_for: 0s}]\n")


def states():
    return [(message["status"], message["commonLabels"]["incident"]) for message in received]


def test():
    processes.extend(start(member) for member in (0, 1))
    wait_for("both are ready", lambda: all(ready(member) for member in (0, 1)))
    checked = daemon.command("check", daemon.config, "--online")
    assert checked.stdout.count("is ready (/-/ready)") == 2, checked
    daemon.start()
    wait_for("the first read", lambda: daemon.get("/readyz")[0] == 200)

    refusing.append(True)
    found = wait_for("each has the incident", lambda: alerts(0) and alerts(1) and alerts(0)[0], 200)
    labels = found["labels"]
    assert labels["account"] == "main" and labels["team"] == "mail" and labels["severity"] in ("critical", "warning"), labels
    assert found["generatorURL"] == f"https://watch.example.jp/incident/{labels['incident']}", found
    assert found["annotations"]["summary"].startswith(f"#{labels['incident']} ") and found["annotations"]["next_step"], found
    assert len(alerts(0)) == len(alerts(1)) == 1, "one incident, one alert"
    wait_for("somebody is notified", lambda: received)

    # Neither a kill nor the loss of a member ends it or tells it again.
    daemon.kill()
    processes[0].kill()
    processes[0].wait()
    daemon.start()
    wait_for("the survivor is posted to", lambda: f"alertmanager failed: Alertmanager: 127.0.0.1:{ports[0]}" in daemon.text_of_log(), 90)
    assert len(alerts(1)) == 1
    processes[0] = start(0)
    wait_for("the lost one has it again", lambda: alerts(0), 90)

    refusing.clear()
    wait_for("the end is notified", lambda: ("resolved", labels["incident"]) in states(), 300)
    # Two members may both notify before they have heard of one another (at least once, by design): what counts is the course.
    course = [state for n, state in enumerate(states()) if n == 0 or states()[n - 1] != state]
    assert course == [("firing", labels["incident"]), ("resolved", labels["incident"])], states()


def ready(member):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[member]}/-/ready", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


try:
    shown_log_on_failure(daemon, test)
finally:
    for process in processes:
        process.kill()
        process.wait()
    receiver.shutdown()
    shutil.rmtree(folder, ignore_errors=True)
