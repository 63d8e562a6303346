"""Finds words of the desk's pages that no page uses."""
import json
import re

WORDS = "lib/pages/desk.ja.json"
FOLDERS = ("lib/pages/", "lib/suppression/", "daemon/")


def unused(keys, code, templates):
    """`code`: C++ that names keys, whole or by their beginning ("list." + name, "reason.{}"); `templates`: {{t.key}}."""
    literals = set(re.findall(r'"([a-z_0-9.]+)"', code)) | set(re.findall(r"\{\{t\.([a-z_0-9.]+)\}\}", templates))
    beginnings = tuple({text for text in literals if text.endswith(".")} | set(re.findall(r'"([a-z_0-9.]+\.)\{', code)))
    for key in keys:
        # That for one comes with that for many, the text of a problem with its heading.
        plain = re.sub(r"\.(?:one|text)$", "", key)
        if not literals & {key, plain} and not key.startswith(beginnings):
            yield key


def unused_in(root):
    files = [path for folder in FOLDERS for path in sorted((root / folder).iterdir())]
    code = "".join(path.read_text() for path in files if path.suffix in (".cpp", ".hpp"))
    templates = "".join(path.read_text() for path in files if path.suffix == ".mustache")
    return unused(json.loads((root / WORDS).read_text()), code, templates)


def self_test():
    keys = ["a", "a.one", "b.text", "list.x", "reason.y", "t", "no", "no.more", "unlisted.x"]
    found = list(unused(keys, 'text("a") count("b") text("list." + x) format("reason.{}", y)', "{{t.t}}"))
    if found == ["no", "no.more", "unlisted.x"]:
        return 0
    print("the unused words are misread:", found)
    return 1
