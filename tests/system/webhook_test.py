"""The event stream set up at the provider from the command line, its drift noticed, and its batches handed on to another consumer, over a kill."""
import base64
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from harness import Daemon, Provider, free_port, shown_log_on_failure, wait_for

folder = tempfile.mkdtemp(prefix="arrivald-webhook-")
key = os.path.join(folder, "key.pem")
subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True, capture_output=True)
public = base64.b64encode(subprocess.run(["openssl", "ec", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout).decode()
port = free_port()
url = f"http://127.0.0.1:{port}/events/main"
ALL = "/v3/user/webhooks/event/settings/all"
webhooks, signed, lying = [], {}, []


def post(events):
    """As the provider posts: signed, and again until it is taken."""
    body, stamp = json.dumps(events).encode(), str(int(time.time()))
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=stamp.encode() + body, check=True, capture_output=True).stdout
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
                                                 "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode()})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, body


def settings(method, path, body):
    """The part of the provider's interface that the command uses."""
    if method == "GET" and path == ALL:
        return 200, json.dumps({"max_allowed": 5, "webhooks": webhooks or [{}]})
    if path.startswith("/v3/user/webhooks/event/settings/signed/"):
        number = path.rsplit("/", 1)[1]
        if method == "PATCH":
            signed[number] = public
        return 200, json.dumps({"id": number, "public_key": signed.get(number, "")})
    if method == "POST" and path == "/v3/user/webhooks/event/settings":
        webhooks.append(dict(json.loads(body), id="77"))
        return 201, json.dumps(webhooks[-1])
    if method == "PATCH" and path == "/v3/user/webhooks/event/settings/77":
        if not lying:
            webhooks[0].update(json.loads(body))
        return 200, json.dumps(webhooks[0])
    if method == "POST" and path == "/v3/user/webhooks/event/test":
        assert json.loads(body)["url"] == url
        threading.Thread(target=post, args=([{"email": "example@test.com", "timestamp": int(time.time()), "event": "delivered", "sg_event_id": "t"}],)).start()
        return 204, ""
    return None


class Consumer:
    """Somebody else who wants the batches: refuses until told otherwise."""

    def __init__(self):
        self.taken, self.open = [], False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.open:
                    outer.taken.append((self.headers["X-Twilio-Email-Event-Webhook-Signature"], body))
                self.send_response(204 if outer.open else 503)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


provider, consumer = Provider(), Consumer()
provider.settings = settings
os.environ["TEST_TEE"] = f"http://127.0.0.1:{consumer.server.server_port}/tee"
daemon = Daemon(sys.argv[1], provider, f"event_stream: {{listen: {{port: {port}}}, forward: [{{name: archive, url: {{environment: TEST_TEE}}}}]}}\n",
                f", events: {{public_keys: ['{public}'], url: '{url}'}}")
daemon.environment["TEST_TEE"] = os.environ["TEST_TEE"]


def webhook(verb):
    return daemon.command("webhook", verb, daemon.config)


def test_the_command_brings_the_key():
    """The configuration that has only the address is refused by the daemon, and taken by the command."""
    config = pathlib.Path(daemon.config)
    whole = config.read_text()
    for lacking, words in (("", ()), ("accept_unsigned: true, ", ("Remove accept_unsigned",))):
        config.write_text(whole.replace(f"public_keys: ['{public}'], ", lacking))
        assert config.read_text() != whole
        checked = daemon.command("check", daemon.config)
        assert (checked.returncode == 0) == bool(lacking), checked
        assert lacking or "arrivald webhook enable" in checked.stderr, checked
        enabled = webhook("enable")
        assert enabled.returncode == 0 and f"public_keys: [{public}]" in enabled.stdout, enabled
        assert all(one in enabled.stdout for one in words) and ("Remove" in enabled.stdout) == bool(words), enabled
        assert webhook("status").returncode == 0
        webhooks.clear()
        signed.clear()
    config.write_text(whole)


def test():
    test_the_command_brings_the_key()
    before = webhook("status")
    assert before.returncode == 1 and "SendGrid has no event webhook yet" in before.stdout, before
    daemon.start()
    # No webhook posts to arrivald: the alert fires.
    wait_for("the alert about the settings", lambda: any("no webhook posts to this address" in json.dumps(m) for m in provider.messages), 90)

    enabled = webhook("enable")
    assert enabled.returncode == 0 and "created: 77" in enabled.stdout and "with a key of the configuration" in enabled.stdout, enabled
    assert webhooks[0]["enabled"] and webhooks[0]["deferred"] and not webhooks[0]["open"], webhooks
    webhooks[0].update(enabled=False, open=True, deferred=False)
    drifted = webhook("status")
    assert drifted.returncode == 1 and "not as it should be: it is switched off; events of type deferred are not sent" in drifted.stdout, drifted
    assert webhook("enable").returncode == 0
    assert webhooks[0]["enabled"] and webhooks[0]["deferred"] and webhooks[0]["open"], "what others switched on stays on"
    good = webhook("status")
    assert good.returncode == 0 and "all is as it should be" in good.stdout, good
    tested = webhook("test")
    assert tested.returncode == 0 and "the test events came" in tested.stdout, tested
    assert daemon.metric(r'arrivald_events_total\{account="main",event="delivered"\}') == 0, "test events count nowhere"

    # The other consumer is down, we are killed, it comes back: it gets everything. Several are under way at once.
    sent = []
    for number in range(5):
        status, body = post([{"email": f"c{number}@docomo.ne.jp", "timestamp": int(time.time()), "event": "delivered", "sg_event_id": f"e{number}", "sg_message_id": f"m{number}.x"}])
        assert status == 204
        sent.append(body)
    daemon.kill()
    consumer.open = True
    daemon.start()
    # The provider's own test is a batch like any other to the other consumer.
    wait_for("everything forwarded", lambda: len(consumer.taken) >= 6)
    bodies = [body for _, body in consumer.taken]
    own = [body for body in bodies if b"example@test.com" in body]
    assert len(own) == 1 and sorted(bodies) == sorted(sent + own), bodies
    assert all(signature for signature, _ in consumer.taken)
    delivered = daemon.metric(r'arrivald_events_total\{account="main",event="delivered"\}')
    assert delivered == 5, delivered
    wait_for("an empty queue", lambda: daemon.metric(r'arrivald_forward_batches_waiting\{target="archive"\}') == 0, 90)
    found = daemon.command("trace", "--group", "docomo", "--from", "1h", "--config", daemon.config)
    assert found.returncode == 0 and found.stdout.count("delivered") == 5, found
    assert daemon.stop() == 0
    demanded()


def demanded():
    """What the event listener demands besides the signature is set in SendGrid, a given name is kept, and the settings are read back."""
    webhooks[0]["friendly_name"] = "somebody's"
    os.environ["TEST_PASSWORD"] = daemon.environment["TEST_PASSWORD"] = "p@ss"
    plain = pathlib.Path(daemon.config).read_text()
    for demand, fields in {
        "basic_auth: {user: ops, password: {environment: TEST_PASSWORD}}": {"url": url.replace("://", "://ops:p%40ss@")},
        "oauth: {client_id: us, client_secret: {environment: TEST_PASSWORD}}":
            {"url": url, "oauth_client_id": "us", "oauth_client_secret": "p@ss", "oauth_token_url": url + "/token"},
    }.items():
        pathlib.Path(daemon.config).write_text(plain.replace("public_keys:", demand + ", public_keys:"))
        webhooks[0]["url"] = url
        wrong = webhook("status")
        assert wrong.returncode == 1 and "not as it should be" in wrong.stdout, wrong
        enabled = webhook("enable")
        assert enabled.returncode == 0 and "p@ss" not in enabled.stdout + enabled.stderr, enabled
        assert fields.items() <= webhooks[0].items() and webhooks[0]["friendly_name"] == "somebody's", webhooks
        assert webhook("status").returncode == 0
    # SendGrid takes the settings and does something else: that is said.
    lying.append(True)
    webhooks[0]["oauth_client_id"] = "other"
    refused = webhook("enable")
    assert refused.returncode == 1 and "not as they should be: its OAuth client is not the one configured here" in refused.stderr, refused


shown_log_on_failure(daemon, test)
print("ok")
