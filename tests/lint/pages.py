"""The files that the pages for developers name."""
import re

PAGES = ["lib/README.md", "lib/CONTRIBUTING.md"]
# A path with a folder in it, or a bare file name; * stands for any letters.
FILE = re.compile(r"[\w.*-]+(?:/[\w.*-]+)+/?|[\w*-]+\.(?:cpp|hpp|json|txt|md|py|yaml)")


def missing(root, text):
    """What a page names in backticks and is in none of the folders that it may mean, as (line, path)."""
    for number, line in enumerate(text.split("\n"), 1):
        for named in re.findall(r"`([^`]+)`", line):
            if not FILE.fullmatch(named) or named.startswith("build/"):
                continue
            if not any(any(base.glob(named.rstrip("/"))) for base in (root, root / "lib", root / "tests")):
                yield number, named
