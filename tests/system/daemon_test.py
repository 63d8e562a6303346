"""The daemon: commands, endpoints, reload, secrets, metrics under the real promtool and the real Prometheus."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request

from harness import KEY, Daemon, Provider, free_port, shown_log_on_failure, wait_for

provider = Provider()
daemon = Daemon(sys.argv[1], provider)


def test():
    assert daemon.command("check", daemon.config).returncode == 0
    version = daemon.command("--version").stdout
    assert re.fullmatch(r"arrivald \d+\.\d+\.\d+ \(([0-9a-f]{12}(-dirty)?|unknown)\)\n", version), version
    assert daemon.command("nonsense").returncode == 2
    assert daemon.command("status", daemon.config).returncode == 1, "nobody answers yet"
    daemon.start()
    wait_for("the first read", lambda: daemon.get("/readyz")[0] == 200)

    status = json.loads(daemon.command("status", daemon.config, "--json").stdout)
    assert status["ready"] and status["accounts"][0]["name"] == "main"
    assert "bounces" in "".join(status["accounts"][0]["missing_scopes"]), "a missing scope is said in words"
    shown = daemon.command("status", daemon.config)
    assert shown.returncode == 1 and "lacks 8 scopes" in shown.stdout, shown
    assert daemon.command("status", daemon.config, "--check").returncode == 1, "a missing scope is a warning"
    assert daemon.command("status", "--check", "--nonsense").returncode == 3
    assert daemon.command("status", "/nowhere.yaml").returncode == 78
    for name in ("stall", "STALL", "stall@main"):
        explained = daemon.command("explain-alert", name, "--config", daemon.config)
        assert explained.returncode == 0 and 'stall, the whole account "main"' in explained.stdout, explained
    assert daemon.command("explain-alert", daemon.config).returncode == 0
    assert daemon.command("explain-alert", "nothing-like-it", "--config", daemon.config).returncode == 1

    page = daemon.get("/")[1]
    assert page.startswith("<!doctype html>") and "main" in page and "<script" not in page
    assert daemon.get("/nowhere")[0] == 404 and daemon.get("/metrics", "POST")[0] == 405
    assert daemon.get("/api/test-alert", "POST")[0] == 403, "another site's page must not be able to ring"

    # A test message arrives, marked as one.
    tested = daemon.command("test-alert", daemon.config)
    assert tested.returncode == 0 and "delivered" in tested.stdout, tested
    assert len(provider.messages) == 1
    provider.answer_slack = lambda body: (404, "no_service")
    refused = daemon.command("test-alert", daemon.config, "--again")
    assert refused.returncode == 1 and "404 no_service" in refused.stderr, refused
    provider.answer_slack = lambda body: (200, "ok")
    assert "Test" in provider.messages[0]["text"]

    # Metrics: clean under promtool, and the real Prometheus takes them.
    metrics = daemon.metrics()
    number, revision = version.split()[1:]
    build = re.search(r"^arrivald_build_info\{.*\} 1$", metrics, re.M).group()
    assert f'version="{number}"' in build and f'revision="{revision.strip("()")}"' in build, build
    checked = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True)
    assert checked.returncode == 0 and not checked.stderr.strip(), checked
    scrape()
    early_reload()

    # A bad file changes nothing and says so; a good one is taken.
    good = pathlib.Path(daemon.config).read_text()
    pathlib.Path(daemon.config).write_text(good + "lisen: {}\n")
    daemon.process.send_signal(signal.SIGHUP)
    wait_for("the refusal", lambda: "stays in effect" in daemon.text_of_log())
    assert 'did you mean "listen"' in daemon.text_of_log()
    assert daemon.get("/healthz")[0] == 200
    assert daemon.metric("arrivald_config_refused_total") == 1
    assert daemon.metric("arrivald_config_last_reload_successful") == 0
    shown = daemon.command("status", daemon.config)
    assert shown.returncode == 1 and "A reload was refused at" in shown.stdout and 'did you mean "listen"' in shown.stdout, shown
    assert "A reload was refused at" in daemon.get("/")[1], "the page says it as well"
    pathlib.Path(daemon.config).write_text(good.replace("language: en", "language: ja"))
    daemon.process.send_signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reloaded: language" in daemon.text_of_log())
    wait_for("the page in Japanese", lambda: "メール" in daemon.get("/")[1])
    assert daemon.metric("arrivald_config_last_reload_successful") == 1
    assert daemon.metric("arrivald_config_refused_total") == 1

    assert daemon.stop() == 0
    log = daemon.text_of_log()
    assert "stopped" in log
    for secret in (KEY, "secret-hook"):
        assert secret not in log + metrics + page + json.dumps(status), "a secret is shown"


def masks_of_hangup(pid):
    """Whether SIGHUP is held back, and whether it has a handler."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False, False
    return tuple(bool(int(re.search(name + r":\s+(\w+)", status).group(1), 16) & 1) for name in ("SigBlk", "SigCgt"))


def early_reload():
    """A request to reload that comes before the process listens to it does not end it, and is obeyed once it does."""
    for _ in range(20):
        with tempfile.TemporaryDirectory() as folder:
            port, config = free_port(), pathlib.Path(folder, "arrivald.yaml")
            config.write_text(re.sub(r"listen: {port: \d+}", f"listen: {{port: {port}}}", pathlib.Path(daemon.config).read_text()).replace(daemon.folder, folder))
            with open(os.path.join(folder, "log"), "w") as log:
                early = subprocess.Popen([daemon.program, "run", config], stdout=log, stderr=log, env=daemon.environment)
            # The hold lasts for milliseconds: looked at without a pause.
            while not any(masks := masks_of_hangup(early.pid)) and early.poll() is None:
                pass
            if masks != (True, False):
                early.kill()
                early.wait()
                continue
            early.send_signal(signal.SIGHUP)
            wait_for("the reload", lambda: early.poll() is not None or "reloaded" in pathlib.Path(folder, "log").read_text())
            assert early.poll() is None, f"it has ended with {early.returncode}"
            early.terminate()
            assert early.wait(timeout=20) == 0
            return
    raise AssertionError("the hold was never seen: SIGHUP ends the process until it listens")


def scrape():
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "prometheus.yml")
        config.write_text(f"scrape_configs:\n  - job_name: arrivald\n    scrape_interval: 1s\n    static_configs: [{{targets: ['127.0.0.1:{daemon.port}']}}]\n")
        prometheus = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            def value(query):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?query={query}", timeout=5) as answer:
                        result = json.load(answer)["data"]["result"]
                        return result[0]["value"][1] if result else None
                except OSError:
                    return None
            wait_for("a scrape by Prometheus", lambda: value("up") == "1")
            assert value("arrivald_build_info") == "1"
        finally:
            prometheus.terminate()
            prometheus.wait()


shown_log_on_failure(daemon, test)
print("ok")
