"""Reloads that replace the event listener, and swap it with the status listener, while many post: nobody is cut or refused."""
import http.client
import json
import signal
import sys
import tempfile
import threading
import time

import adversary
from harness import Daemon, Provider, free_port, shown_log_on_failure, wait_for

POSTERS, RELOADS = 40, 12
folder = tempfile.mkdtemp(prefix="arrivald-reload-")
signer, provider, port = adversary.Signer(folder), Provider(), free_port()
account = f", events: {{public_keys: ['{signer.public}']}}"
daemon = Daemon(sys.argv[1], provider, f"event_stream: {{listen: {{port: {port}}}}}\n", account)
stop, lock = threading.Event(), threading.Lock()
answers = {}


def poster(number):
    """Every other one keeps its connection, as long as the server does."""
    serial, connection = 0, None
    while not stop.is_set():
        body = json.dumps(list(adversary.events_of(number, serial, 1))).encode()
        serial += 1
        connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", "/events/main", body, signer.headers(body))
            answer = connection.getresponse()
            answer.read()
            status, close = answer.status, answer.will_close or number % 2
        except (OSError, http.client.HTTPException) as error:
            status, close = type(error).__name__, True
        if close:
            connection.close()
            connection = None
        with lock:
            answers[status] = answers.get(status, 0) + 1


def reload(extra):
    before = daemon.text_of_log().count("info    reloaded")
    daemon.write(provider, extra, account)
    daemon.process.send_signal(signal.SIGHUP)
    wait_for("a reload", lambda: daemon.text_of_log().count("info    reloaded") > before)


def test():
    daemon.start()
    threads = [threading.Thread(target=poster, args=(number,)) for number in range(POSTERS)]
    for thread in threads:
        thread.start()
    for number in range(RELOADS):
        enough = sum(answers.values()) + 50
        wait_for("more posts", lambda: sum(answers.values()) >= enough)
        reload(f"event_stream: {{listen: {{port: {port}}}, max_body: {4 + number % 2}MiB}}\n")
    stop.set()
    for thread in threads:
        thread.join()
    print(answers)
    assert set(answers) == {204} and answers[204] > POSTERS, answers
    # The two listeners swap their ports by one reload.
    status, events = daemon.port, port
    daemon.port = events
    reload(f"event_stream: {{listen: {{port: {status}}}}}\n")
    wait_for("the status on the other port", lambda: daemon.get("/healthz")[0] == 200)
    body = json.dumps(list(adversary.events_of("swap", 0, 1))).encode()
    assert adversary.post(status, "main", body, signer.headers(body)) == 204
    assert daemon.stop() == 0


shown_log_on_failure(daemon, test)
print("ok")
