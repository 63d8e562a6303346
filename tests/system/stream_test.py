"""The event stream under load, killed at random instants: what was acknowledged is counted exactly once, every time."""
import base64
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

from harness import Daemon, Provider, free_port, shown_log_on_failure, wait_for

KILLS, POSTERS = 12, 3
folder = tempfile.mkdtemp(prefix="arrivald-stream-")
key = os.path.join(folder, "key.pem")
subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True, capture_output=True)
public = base64.b64encode(subprocess.run(["openssl", "ec", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout).decode()
provider, port = Provider(), free_port()
daemon = Daemon(sys.argv[1], provider, f"event_stream: {{listen: {{port: {port}}}}}\n", f", events: {{public_keys: ['{public}']}}")
generator = random.Random(20261123)
stop, lock = threading.Event(), threading.Lock()
acknowledged = {"processed": 0, "delivered": 0}
doubted = [0]


def signed(body):
    stamp = str(int(time.time()))
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=stamp.encode() + body, check=True, capture_output=True).stdout
    return {"Content-Type": "application/json", "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode()}


def post(body):
    """The status, or 0 if the answer never came: then nobody knows whether it was stored."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/events/main", body, signed(body))
        return connection.getresponse().status
    except OSError:
        return 0
    except http.client.HTTPException:
        return 0


def poster(number):
    chance, serial = random.Random(number), 0
    while not stop.is_set():
        events = []
        for _ in range(chance.randrange(1, 40)):
            serial += 1
            for kind in ("processed", "delivered"):
                events.append({"event": kind, "email": f"citizen{serial}@docomo.ne.jp", "timestamp": int(time.time()), "sg_event_id": f"{kind}-{number}-{serial}",
                               "sg_message_id": f"m{number}-{serial}.recvd"})
        body = json.dumps(events).encode()
        # As the provider does: the same batch again until somebody says that it is kept.
        while post(body) // 100 != 2:
            doubted[0] += 1
            time.sleep(0.02)
        with lock:
            for event in events:
                acknowledged[event["event"]] += 1


def counted(event):
    return daemon.metric(rf'arrivald_events_total\{{account="main",event="{event}"\}}') or 0


def test():
    threads = [threading.Thread(target=poster, args=(number,)) for number in range(POSTERS)]
    daemon.start()
    assert all(daemon.metric(rf'arrivald_events_total\{{account="main",event="{event}"\}}') == 0 for event in ("processed", "bounce", "dropped", "account_status_change")), "counters exist from the start"
    for thread in threads:
        thread.start()
    for _ in range(KILLS):
        # Any instant, by how much has been acknowledged since the last one.
        enough = sum(acknowledged.values()) + generator.randrange(1, 3000)
        wait_for("more events", lambda: sum(acknowledged.values()) >= enough)
        daemon.kill()
        daemon.start()
    stop.set()
    for thread in threads:
        thread.join()
    for event, number in acknowledged.items():
        assert number > 100, f"only {number} of {event}: no load"
        assert counted(event) == number, f"{counted(event)} of {event} counted, {number} acknowledged"
    traced = daemon.command("trace", "citizen1@docomo.ne.jp", "--config", daemon.config)
    assert traced.returncode == 0 and traced.stdout.count("delivered") == POSTERS, traced
    assert counted("processed") == acknowledged["processed"]
    assert daemon.stop() == 0
    print(f"{sum(acknowledged.values())} events acknowledged over {KILLS} kills, {doubted[0]} batches sent again, each event counted once")


shown_log_on_failure(daemon, test)
print("ok")
