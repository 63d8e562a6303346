"""The systemd unit is well-formed and hardened: exposure at most 1.5."""
import os
import re
import pathlib
import subprocess
import sys
import tempfile

from harness import SOURCE

unit = SOURCE / "systemd" / "arrivald.service"
told = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)], capture_output=True, text=True)
found = re.search(r"Overall exposure level for arrivald\.service: ([0-9.]+)", told.stdout)
assert found, told.stdout + told.stderr
print("exposure", found.group(1))
assert float(found.group(1)) <= 1.5
assert re.search(r"^LimitCORE=0$", unit.read_text(), re.M), "a core dump would hold secrets and addresses"


# As systemd would find it, with the program in the place that the unit names.
def complaints(text):
    with tempfile.TemporaryDirectory() as folder:
        there = pathlib.Path(folder, "arrivald.service")
        there.write_text(text)
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", str(there)], capture_output=True, text=True)
        return [line for line in verified.stderr.splitlines() if "arrivald.service" in line]


good = unit.read_text().replace("/usr/bin/arrivald", os.path.abspath(sys.argv[1]))
assert not complaints(good), complaints(good)
assert complaints(good.replace("[Service]", "[Service]\nNoSuchSetting=1")), "a wrong setting is not noticed: this checks nothing"
print("ok")
