"""What the code says to people by phrase("…"), and how other languages say it."""
import json
import re

from source import line_of, without_comments

TRANSLATIONS = "lib/notify/phrases.ja.json"
_CALL = re.compile(r'\b(?:phrase|pattern)\(\s*((?:"(?:[^"\\\n]|\\.)*"\s*)+)')
_PLACE = re.compile(r"\{(\d?)\}")


def patterns(text):
    """Each pattern as (line, pattern)."""
    code = without_comments(text)
    for call in _CALL.finditer(code):
        literals = re.findall(r'"((?:[^"\\\n]|\\.)*)"', call.group(1))
        yield line_of(code, call.start()), "".join(json.loads(f'"{one}"') for one in literals)


def findings(texts, translations):
    """(place, what is wrong): a pattern without translation, a translation of nothing, and one that loses or invents
    an argument. `texts`: the sources by name."""
    said = {}
    for name, text in texts.items():
        if name.startswith(("lib/", "daemon/")):
            for line, pattern in patterns(text):
                said.setdefault(pattern, f"{name}:{line}")
    for pattern, place in said.items():
        if pattern not in translations and re.search(r"[a-z]{2}", _PLACE.sub("", pattern)):
            yield place, f"{TRANSLATIONS} lacks {json.dumps(pattern)}"
    for pattern, other in translations.items():
        if pattern not in said:
            yield TRANSLATIONS, f"nothing says {json.dumps(pattern)}"
        wanted = {str(i) for i in range(len(_PLACE.findall(pattern)))}
        given = _PLACE.findall(other)
        numbered = {str(i) if index == "" else index for i, index in enumerate(given)}
        if numbered != wanted:
            yield TRANSLATIONS, f"the arguments differ: {json.dumps(pattern)}"
