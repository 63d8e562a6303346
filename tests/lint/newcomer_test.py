"""The two commands of the README in a clean copy of the tree, in both orders, as a newcomer types them.

What is real: the scripts, cmake's configuring, the targets' names, the list of tests, the lint.
What is left out, since it would take a quarter of an hour: compiling (`cmake --build` only asks ninja what it would
do, and puts a stub where the program would be) and running the listed tests (`ctest` gets -N). The
format is taken for right: tests/run asks for it, and whoever breaks it should not see it as a fault of this test.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def command_of_the_readme(script):
    """The words of the README's line that begins with this script, without its comment."""
    line = re.search(rf"^{re.escape(script)}\b.*$", (SOURCE / "README.md").read_text(), re.M)
    assert line, f"the README does not name {script}"
    return shlex.split(line.group(0), comments=True)


DEMO, TESTS = command_of_the_readme("./deploy/demo"), command_of_the_readme("./tests/run")

# A dry run refuses targets that do not exist.
CMAKE = """#!/bin/sh
[ "$1" = --build ] || exec {cmake} "$@"
{cmake} "$@" -- -n >/dev/null || exit 1
for program in build/program/daemon/arrivald build/release/tests/training/train_causes; do
  folder=$(dirname $program)
  [ ! -d "$folder" ] || {{ printf '#!/bin/sh\\necho "stub of %s"\\n' $program >$program; chmod +x $program; }}
done
"""
CTEST = """#!/bin/sh
echo "ctest $*" >>{log}
exec {ctest} "$@" -N
"""


class Clone:
    """A clean copy, and a path on which nothing compiles."""

    def __init__(self, folder):
        self.tree, self.log, shims = folder / "arrivald", folder / "ctest.log", folder / "bin"
        shutil.copytree(SOURCE, self.tree, ignore=shutil.ignore_patterns("build", ".git", ".cache", "__pycache__", "node_modules"))
        shims.mkdir()
        for name, text in (("cmake", CMAKE), ("ctest", CTEST), ("clang-format-19", "#!/bin/sh\n")):
            (shims / name).write_text(text.format(cmake=shutil.which("cmake"), ctest=shutil.which("ctest"), log=self.log))
            (shims / name).chmod(0o755)
        self.environment = dict(os.environ, PATH=f"{shims}:{os.environ['PATH']}")

    def types(self, *words, fails=False):
        done = subprocess.run(words, cwd=self.tree, env=self.environment, capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) == fails, (words, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout + done.stderr

    def demo(self):
        assert "stub of build/program/daemon/arrivald" in self.types(*DEMO)

    def run(self):
        """How many tests the release suite has."""
        said = self.types(*TESTS)
        found = re.search(r"^release: (\d+) tests$", said, re.M)
        assert found, said
        # The suite that was counted is the one that is run: the last call without -N.
        assert self.log.read_text().splitlines()[-1] == "ctest --preset release", self.log.read_text()
        return int(found.group(1))


def in_a_clone(test):
    with tempfile.TemporaryDirectory(prefix="arrivald-newcomer-") as folder:
        return test(Clone(pathlib.Path(folder)))


def demo_first(clone):
    clone.demo()
    found = clone.run()
    clone.types("tests/training/train", "replies.tsv", "--measure-only")
    return found


def tests_first(clone):
    found = clone.run()
    clone.demo()
    # Whoever switched the tests off in the folder of the tests gets them back.
    clone.types("cmake", "--preset", "release", "-DARRIVALD_TESTS=OFF")
    clone.types("tests/training/train", "replies.tsv", "--measure-only")
    clone.types("cmake", "--preset", "release", "-DARRIVALD_TESTS=OFF")
    assert clone.run() == found
    # A suite that has lost its tests does not pass.
    shutil.rmtree(clone.tree / "build")
    listing = clone.tree / "CMakeLists.txt"
    listing.write_text(listing.read_text().replace("enable_testing()", ""))
    said = clone.types(*TESTS, fails=True)
    assert "0 tests found" in said, said
    # Nor does ctest by itself, as the presets ask of it.
    assert "No tests were found" in clone.types(shutil.which("ctest"), "--preset", "debug", fails=True)
    return found


demo_then_run, run_then_demo = in_a_clone(demo_first), in_a_clone(tests_first)
assert demo_then_run == run_then_demo, (demo_then_run, run_then_demo)
print(f"{demo_then_run} tests in either order")
