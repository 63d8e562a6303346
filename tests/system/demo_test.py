"""The demo: an alert fires and resolves, in both languages' shape, and it ends by itself and by Ctrl-C."""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]

with tempfile.TemporaryDirectory() as folder:
    kept = pathlib.Path(folder, "messages")
    done = subprocess.run([program, "demo", "--speed", "240", "--lang", "ja", "--keep-messages", str(kept)], capture_output=True, text=True, timeout=200)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    texts = [json.loads(line)["text"] for line in kept.read_text().splitlines()]
    assert any("緊急" in text and "事案1" in text for text in texts), texts
    assert any(text.startswith("🟢") and "事案1" in text and "回復しました" in text for text in texts), "the stall must resolve"
    assert any("Gmail" in text for text in texts), "the block at one provider must be told"
    for text in texts:
        assert len(text) <= 110, text

running = subprocess.Popen([program, "demo", "--scenario", "quiet", "--lang", "en"], stdout=subprocess.PIPE, text=True)
assert "arrivald demo" in running.stdout.readline()
running.send_signal(signal.SIGINT)
begun = time.monotonic()
assert running.wait(timeout=20) == 0
print(f"ended {time.monotonic() - begun:.2f} s after Ctrl-C")
unknown = subprocess.run([program, "demo", "--scenario", "nothing"], capture_output=True, text=True)
assert unknown.returncode == 2 and "total_stall" in unknown.stderr
print("ok")
