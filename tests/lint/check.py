#!/usr/bin/env python3
"""Holds the source to the rules that no compiler checks.

  layers      a module includes only itself and the modules on its DEPENDS line in lib/CMakeLists.txt
  fences      an outside library is included in its home only
  depends     what stands on a module's DEPENDS line is included by it
  purity      a module that its line calls PURE does no I/O, reads no clock and knows no event loop
  coroutines  co_await stands in one of four forms, the ones that every supported compiler gets right
  spawning    in lib/ coroutines are started by runtime only, where their end and their cancellation are seen to
  length      no function in lib/ and daemon/ has more than 60 lines
  members     no type in lib/watch and daemon/ has more than twelve members, and no class one that others may write
  names       what a comment names as code exists in the code
  templates   values of a page are escaped and stand where escaping suffices; no script, style or handler in a page
  words       every word of the desk's pages is used by one
  phrases     what the code says by phrase("…") can be said in every language
  paths       the files that lib/README.md and lib/CONTRIBUTING.md name exist

usage: check.py ROOT          checks the tree, prints file:line: what is wrong, and fails if anything is
       check.py --self-test   proves on the samples beside this file that each rule catches what it should
"""
import json
import re
import sys
from pathlib import Path

import pages
import phrases
import templates
import words
from names import Names
from source import Module, blank, functions, includes, modules, types

# What may be included where: a pattern of the include, and the folders or files that may have it.
FENCES = [
    (r"sqlite3\.h", ["lib/store/", "tests/store/", "tests/system/"]),
    (r"yaml-cpp/.*", ["lib/config/"]),
    (r"prometheus/.*", ["lib/metrics/", "tests/bench/"]),
    (r"boost/beast.*", ["lib/http/"]),
    (r"boost/asio/ssl.*", ["lib/http/", "tests/http/", "tests/system/"]),
    (r"spdlog/.*", ["lib/watch/", "daemon/", "tests/watch/"]),
    (r"date/.*", ["lib/base/time_zone.cpp"]),
    (r"systemd/.*", ["daemon/"]),
    (r"kainjow/.*", ["lib/pages/template.cpp"]),
    (r"argon2\.h", ["lib/desk/password.cpp"]),
    (r"xlsxwriter.*", ["lib/sheet/"]),
    (r"zip\.h", ["lib/unpack/"]),
    (r"zlib\.h", ["lib/unpack/", "lib/http/", "tests/"]),
    (r"expat\.h", ["lib/aggregate/report_reader.cpp", "tests/bench/"]),
    (r"iconv\.h", ["lib/aggregate/utf8_stream.cpp", "tests/aggregate/"]),
]

# In PURE modules, but for the one file that reads the machine's clocks for everybody.
CLOCK_HOME = "lib/base/clock.cpp"
IMPURE_INCLUDES = r"boost/asio.*|fstream|iostream|sys/.*|unistd\.h|thread|mutex|future"
MAX_FUNCTION_LINES = 60
MAX_MEMBERS = 12

IMPURE_CALLS = [
    (r"\b(?:system|steady|high_resolution)_clock::now\b", "reads a clock: time comes in as `now`"),
    (r"\b(?:clock_gettime|gettimeofday|std::time|getenv|fopen|popen)\s*\(", "asks the system"),
    (r"\brandom_device\b", "draws from the machine: randomness comes in as a number"),
]


def check_layers(name, text, known):
    part = Path(name).parts
    if part[0] != "lib" or len(part) < 3:
        return
    module = part[1]
    if module not in known:
        yield 1, f"module {module} has no line in lib/CMakeLists.txt"
        return
    for line, path, quoted in includes(text):
        target = path.split("/")[0]
        if target in known and target != module and target not in known[module].depends:
            yield line, f"{module} must not include {target}: it is not on its DEPENDS line"
        if quoted and target not in known:
            yield line, f'"{path}": a project header is included as "module/header.hpp"'


def check_fences(name, text):
    for line, path, _ in includes(text):
        for pattern, homes in FENCES:
            if re.fullmatch(pattern, path) and not any(name.startswith(home) for home in homes):
                yield line, f"<{path}> belongs in {', '.join(homes)} only"


def check_purity(name, text, known):
    part = Path(name).parts
    if part[0] != "lib" or part[1] not in known or not known[part[1]].pure or name == CLOCK_HOME:
        return
    for line, path, _ in includes(text):
        if re.fullmatch(IMPURE_INCLUDES, path):
            yield line, f"{part[1]} is pure: it must not include <{path}>"
    code = blank(text)
    for pattern, why in IMPURE_CALLS:
        for m in re.finditer(pattern, code):
            yield code.count("\n", 0, m.start()) + 1, f"{part[1]} is pure, and this {why}"


def check_spawning(name, text):
    if not name.startswith("lib/") or name.startswith("lib/runtime/"):
        return
    code = blank(text)
    for m in re.finditer(r"\bco_spawn\b", code):
        yield code.count("\n", 0, m.start()) + 1, "co_spawn belongs in lib/runtime: use a TaskGroup"


def statement(code, at):
    """Begin and end of the statement around `at`: between ; { } and the parentheses that enclose it."""
    depth = 0
    begin = at
    while begin > 0:
        c = code[begin - 1]
        if c in ")]":
            depth += 1
        elif c in "([":
            if depth == 0:
                break  # inside parentheses: a condition, an argument
            depth -= 1
        elif depth == 0 and c in ";{}":
            break
        begin -= 1
    depth = 0
    end = at
    while end < len(code):
        c = code[end]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            if depth == 0:
                break
            depth -= 1
        elif c == ";" and depth == 0:
            break
        end += 1
    return begin, end


# What may stand before co_await: a guard, and then nothing, a place for the result, or co_return.
# Parentheses, up to four deep.
BALANCED = r"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)"
GUARD = rf"(?:(?:if|while|for|switch)\s*(?:constexpr\s*)?{BALANCED}|else|do|case\s+[\w:]+\s*:(?!:)|default\s*:)"
PLACE = r"(?:(?:(?:const|static|auto|[\w:]+(?:<[^;={}]*>)?)\s*[&*]*\s+)+)?(?:[&*]*\s*)?(?:\w+|\[[\w\s,]+\]|[\w.\->\[\]:]+)\s*=\s*"
BEFORE = re.compile(rf"\s*(?:{GUARD}\s*)*(?:{PLACE}|co_return\s+)?", re.S)


# What may be awaited, once its arguments are taken out: a call at the end of a path, or a name of Asio's.
CALL = re.compile(r"\s*[\w:](?:[\w:]|\(\)|\[\]|->|\.)*\s*", re.S)


def bare(expression):
    """The expression with everything inside parentheses, brackets and template arguments taken out."""
    out, depth = "", 0
    for c in expression:
        depth -= c in ")]"
        if depth == 0:
            out += c
        depth += c in "(["
    while (shorter := re.sub(r"<[\w:*&, ]*>", "", out)) != out:
        out = shorter
    return out.replace("->template ", "->")


def check_coroutines(name, text):
    code = blank(text)
    for m in re.finditer(r"\bco_await\b", code):
        line = code.count("\n", 0, m.start()) + 1
        begin, end = statement(code, m.start())
        before = code[begin:m.start()]
        after = code[m.end():end]
        if begin > 0 and code[begin - 1] in "([":
            yield line, "co_await inside parentheses: await into a named local first"
        elif end < len(code) and code[end] != ";":
            yield line, "co_await inside a braced list: await into a named local first"
        elif "?" in before or "?" in after:
            yield line, "co_await and ?: in one statement: decide into a named local first"
        elif not BEFORE.fullmatch(before):
            yield line, "co_await in none of the four forms: co_await f(); x = co_await f(); auto x = co_await f(); co_return co_await f();"
        elif re.search(r"\bco_await\b", after):
            yield line, "two co_await in one statement: await one after the other"
        elif re.search(r"[(,=]\s*\[|^\s*\[", after):
            yield line, "a lambda inside a co_await statement: name it first"
        elif "{" in after:
            yield line, "braces inside a co_await statement: name the temporary first"
        elif not CALL.fullmatch(bare(after)):
            yield line, "co_await of something else than one call"
    for m in re.finditer(r"\b(?:Task|awaitable)<[^;{}()]*>\s+[\w:~]+\s*\(([^;{]*?=\s*(?:[\w:<>]+\s*)?\{)", code):
        yield code.count("\n", 0, m.start()) + 1, "a braced default argument on a coroutine: overload it instead"


def check_length(name, text):
    if not name.startswith(("lib/", "daemon/")):
        return
    for line, function, lines in functions(text):
        if lines > MAX_FUNCTION_LINES:
            yield line, f"{function} has {lines} lines, {MAX_FUNCTION_LINES} are allowed: make functions of its steps"


def check_members(name, text):
    if not name.startswith(("lib/watch/", "daemon/")):
        return
    for line, kind, named, members in types(text):
        if len(members) > MAX_MEMBERS:
            yield line, f"{named} has {len(members)} members, {MAX_MEMBERS} are allowed: it is two types"
        for member, access in members:
            if kind == "class" and access != "private":
                yield line, f"{named}::{member} is {access}: a class keeps its members to itself"


def unused_depends(known, texts):
    """Each module and what its DEPENDS line names in vain. `texts`: the files by their names."""
    for module, line in known.items():
        included = {path.split("/")[0] for name, text in texts.items() if name.startswith(f"lib/{module}/")
                    for _, path, _ in includes(text)}
        for dependency in line.depends:
            if dependency not in included:
                yield module, dependency


def check(name, text, known, names):
    for rule, found in [("layers", check_layers(name, text, known)), ("fences", check_fences(name, text)),
                        ("purity", check_purity(name, text, known)), ("coroutines", check_coroutines(name, text)),
                        ("spawning", check_spawning(name, text)), ("length", check_length(name, text)), ("members", check_members(name, text)),
                        ("names", names.check(name, text))]:
        for line, what in found:
            yield rule, line, what


def broken_json(root):
    """Files of lib/ that are compiled in as they are, and would be found broken only by whoever asks for a text."""
    for path in sorted((root / "lib").rglob("*.json")):
        try:
            json.loads(path.read_text())
        except ValueError as error:
            yield path.relative_to(root).as_posix(), str(error)


def check_tree(root):
    cmake = "lib/CMakeLists.txt"
    known = modules((root / cmake).read_text())
    if not {"base", "watch"} <= known.keys() or not known["base"].pure or known["watch"].pure:
        print(f"{root}/{cmake}: the modules' lines are not understood")
        return 1
    paths = sorted(path for folder in ["lib", "daemon", "tests"] for path in (root / folder).rglob("*") if path.suffix in (".cpp", ".hpp"))
    texts = {path.relative_to(root).as_posix(): path.read_text() for path in paths}
    texts = {name: text for name, text in texts.items() if not name.startswith("tests/lint/")}
    names = Names.of_tree(root, texts)
    findings = [(f"{name}:{line}", rule, what) for name, text in texts.items() for rule, line, what in check(name, text, known, names)]
    findings += [(cmake, "depends", f"{module} includes nothing of {dependency}: take it off its DEPENDS line")
                 for module, dependency in unused_depends(known, texts)]
    findings += [(f"{page}:{line}", "paths", f"there is no `{named}`")
                 for page in pages.PAGES for line, named in pages.missing(root, (root / page).read_text())]
    findings += [(f"{path.relative_to(root).as_posix()}:{line}", "templates", what)
                 for path in sorted((root / "lib").rglob("*.mustache"))
                 for line, what in templates.check_template(path.relative_to(root).as_posix(), path.read_text())]
    broken = list(broken_json(root))
    if broken:
        for place, what in broken:
            print(f"{place}: [json] {what}")
        return 1
    findings += [(words.WORDS, "words", f"no page uses `{key}`") for key in words.unused_in(root)]
    findings += [(place, "phrases", what)
                 for place, what in phrases.findings(texts, json.loads((root / phrases.TRANSLATIONS).read_text()))]
    for place, rule, what in findings:
        print(f"{place}: [{rule}] {what}")
    if len(texts) < 50:
        print(f"only {len(texts)} source files were found under {root}")
        return 1
    print(f"{len(texts)} files checked, {len(findings)} findings")
    return 1 if findings else 0


def self_test():
    """Each sample begins with the name that it pretends to have; a line with `bad RULE` in a comment must be found
    by that rule, and no other line by any."""
    known = {"base": Module(True), "rules": Module(True, ["base"]), "runtime": Module(depends=["base"]),
             "http": Module(depends=["base", "runtime"]), "store": Module(depends=["base"]),
             "watch": Module(depends=["base", "rules", "http"])}
    samples = {path: path.read_text() for path in sorted((Path(__file__).parent / "samples").glob("*.cpp"))}
    as_tree = {re.match(r"// as (\S+)", text).group(1): text for text in samples.values()}
    names = Names(as_tree, ["def worst_first(): pass"], {"max_hosts"})
    wrong, marked, seen = 0, 0, set()
    for path, text in samples.items():
        name = re.match(r"// as (\S+)", text).group(1)
        expected = {(rule, number) for number, line in enumerate(text.split("\n"), 1) if "// bad" in line
                    for rule in re.findall(r"\bbad (\w+)", line.split("// bad", 1)[1].join(["bad", ""]))}
        found = {(rule, line) for rule, line, _ in check(name, text, known, names)}
        marked += len(expected)
        seen |= {rule for rule, _ in expected}
        for rule, line in sorted(expected - found):
            print(f"{path.name}:{line}: [{rule}] was not caught")
        for rule, line in sorted(found - expected):
            print(f"{path.name}:{line}: [{rule}] was caught and is right")
        wrong += len(expected ^ found)
    cmake = "# arrivald_module(no DEPENDS a)\narrivald_module(a PURE DEPENDS b c\n  d USES e f)\narrivald_module(g USES PURE)\n"
    if modules(cmake) != {"a": Module(True, ["b", "c", "d"]), "g": Module()}:
        print("the modules' lines are misread:", modules(cmake))
        wrong += 1
    unused = list(unused_depends(known, {"lib/http/a.cpp": '#include "base/error.hpp"\n', "lib/rules/a.hpp": '#include "base/error.hpp"\n'}))
    if ("http", "runtime") not in unused or ("http", "base") in unused or ("rules", "base") in unused:
        print("the unused DEPENDS are misread:", unused)
        wrong += 1
    page = "`lint/check.py` `lint/check*.py` `CMakeLists.txt` `arrivald check` `a/b`\n`lint/no_such.py` `no_such.cpp`"
    lost = list(pages.missing(Path(__file__).resolve().parents[2], page))
    if lost != [(1, "a/b"), (2, "lint/no_such.py"), (2, "no_such.cpp")]:
        print("the named files are misread:", lost)
        wrong += 1
    wrong += templates.self_test()
    wrong += words.self_test()
    source = 'phrase("one {}"\n "and {}", 1, 2); pattern("two"); phrase("{}: {}", 1, 2);  // phrase("three")\n'
    odd = list(phrases.findings({"lib/a.cpp": source}, {"one {}and {}": "{1}", "four": ""}))
    if [what.split(" ", 1)[-1] for _, what in odd] != ['lacks "two"', 'arguments differ: "one {}and {}"', 'says "four"']:
        print("the phrases are misread:", odd)
        wrong += 1
    missing = {"layers", "fences", "purity", "coroutines", "spawning", "length", "members", "names"} - seen
    if missing or marked < 60:
        print("no sample for", missing or "enough shapes")
        wrong += 1
    print(f"{marked} marked lines, {wrong} judged wrongly")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(self_test() if sys.argv[1] == "--self-test" else check_tree(Path(sys.argv[1])))
