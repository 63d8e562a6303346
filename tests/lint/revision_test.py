"""The commit in the program: the tree's own, "unknown" without git, and written only when it changes."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def git(tree, *words):
    environment = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", str(tree), *identity, *words], check=True, capture_output=True, text=True, env=environment).stdout.strip()


def revision(tree, output):
    subprocess.run(["cmake", f"-DSOURCE={tree}", f"-DOUTPUT={output}", "-P", str(SOURCE / "daemon/revision.cmake")], check=True, cwd=output.parent)
    return re.search(r'kRevision = "(.*)"', output.read_text()).group(1)


with tempfile.TemporaryDirectory() as folder:
    tree, output = pathlib.Path(folder, "tree"), pathlib.Path(folder, "revision.cpp")
    inner = tree / "inner"
    inner.mkdir(parents=True)
    assert revision(tree, output) == "unknown", "a tarball"
    git(tree, "init", "-q")
    assert revision(tree, output) == "unknown", "nothing committed yet"
    (tree / "file").write_text("a")
    git(tree, "add", "file")
    git(tree, "commit", "-qm", "first")
    git(tree, "tag", "v9")
    first = git(tree, "rev-parse", "HEAD")
    assert revision(tree, output) == first[:12], "the commit, not a tag"
    assert revision(inner, output) == "unknown", "a tarball unpacked in somebody else's repository"
    revision(tree, output)
    os.utime(output, ns=(1, 1))
    revision(tree, output)
    assert output.stat().st_mtime_ns == 1, "written although nothing has changed: everything that depends on it is built anew"
    (tree / "file").write_text("b")
    assert revision(tree, output) == first[:12] + "-dirty"
    git(tree, "commit", "-qam", "second")
    assert revision(tree, output) == git(tree, "rev-parse", "HEAD")[:12] != first[:12]
    shutil.rmtree(tree / ".git")
    assert revision(tree, output) == "unknown"
print("ok")
