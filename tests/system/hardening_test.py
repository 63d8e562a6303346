"""The program as it is installed is hardened: position-independent, bound at the start, with protected stacks and checked copies.

usage: hardening_test.py ARRIVALD ON|OFF    OFF: this build is for working on the code, and not hardened
"""
import re
import subprocess
import sys


def told(*words):
    return subprocess.run(["readelf", "-W", *words, sys.argv[1]], check=True, capture_output=True, text=True).stdout


headers, symbols, dynamic = told("-lh"), told("--dyn-syms"), told("-d")
shown = {"position-independent": re.search(r"Type:\s+DYN", headers), "relocations are read-only": "GNU_RELRO" in headers,
         "stack not executable": re.search(r"GNU_STACK.*RW ", headers), "bound at the start": re.search(r"BIND_NOW|NOW", dynamic),
         "stacks protected": "__stack_chk_fail" in symbols, "copies checked": re.search(r"__\w+_chk", symbols)}
for what, found in shown.items():
    print(what + ":", "yes" if found else "no")
if sys.argv[2] == "OFF":
    print("an unoptimised build: not checked")
else:
    assert all(shown.values()), shown
print("ok")
