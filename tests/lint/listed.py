#!/usr/bin/env python3
"""Every test that is written is a test that ctest runs.

usage: listed.py ROOT BUILD    compares tests/ with what ctest lists for the folder BUILD, and fails on any difference
"""
import json
import subprocess
import sys
from pathlib import Path


def listed(build):
    """The command line of each test that ctest would run."""
    shown = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, check=True, capture_output=True, text=True)
    return [test.get("command", []) for test in json.loads(shown.stdout)["tests"]]


def missing(root, commands, compiled):
    """What stands in tests/ and is not run. `compiled`: the source files of the build, or None if it does not say."""
    programs = {Path(command[0]).name for command in commands if command}
    words = {word for command in commands for word in command}
    for path in sorted((root / "tests").rglob("*_test.cpp")):
        program = f"test_{path.parent.name}"
        if program not in programs:
            yield path, f"ctest runs no {program}"
        elif compiled is not None and path not in compiled:
            yield path, f"is not compiled into {program}: configure anew, or look at tests/CMakeLists.txt"
    for path in sorted((root / "tests").rglob("*_test.py")):
        if str(path) not in words:
            yield path, "ctest does not run it"


def main(root, build):
    root, database = root.resolve(), build / "compile_commands.json"
    compiled = None
    if database.exists():
        compiled = {Path(entry["directory"], entry["file"]).resolve() for entry in json.loads(database.read_text())}
    commands = listed(build)
    bad = list(missing(root, commands, compiled))
    for path, what in bad:
        print(f"{path.relative_to(root)}: {what}")
    print(f"{len(commands)} tests listed, {len(bad)} findings")
    # Proof that this would notice: a list that lacks its first test program is found to lack it.
    programs = [command for command in commands if command and Path(command[0]).name.startswith("test_")]
    if not programs or not list(missing(root, [c for c in commands if c != programs[0]], compiled)):
        print("a test program that is taken out of the list is not missed: this check checks nothing")
        return 1
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
