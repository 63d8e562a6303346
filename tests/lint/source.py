"""What the lint reads of C++ and of the build files."""
import re

_TOKEN = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | \bu?8?R"([^()\s\\]{0,16})\(.*?\)\1" | "(?:\\.|[^"\\\n])*" | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.S | re.X)


def _blanks(text):
    return re.sub(r"[^\n]", " ", text)


def is_comment(token):
    return token.startswith(("//", "/*"))


def blank(text):
    """The text with comments, strings and characters replaced by blanks, line by line as before."""
    return _TOKEN.sub(lambda m: _blanks(m.group()), text)


def without_comments(text):
    return _TOKEN.sub(lambda m: _blanks(m.group()) if is_comment(m.group()) else m.group(), text)


def comments(text):
    """Every comment as (line, text)."""
    for m in _TOKEN.finditer(text):
        if is_comment(m.group()):
            yield line_of(text, m.start()), m.group()


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def includes(text):
    """Every include as (line, path, quoted)."""
    for m in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">\n]+)[">]', text, re.M):
        yield line_of(text, m.start()), m.group(2), m.group(1) == '"'


class Module:
    def __init__(self, pure=False, depends=()):
        self.pure, self.depends = pure, list(depends)

    def __eq__(self, other):
        return (self.pure, self.depends) == (other.pure, other.depends)

    def __repr__(self):
        return f"Module(pure={self.pure}, depends={self.depends})"


def modules(cmake):
    """The modules that lib/CMakeLists.txt names, each with what its line says."""
    found = {}
    text = re.sub(r"#[^\n]*", "", cmake)
    for m in re.finditer(r"^arrivald_module\(\s*(\w+)([^)]*)\)", text, re.M):
        depends = re.search(r"\bDEPENDS\b(.*?)(?:\bUSES\b|$)", m.group(2), re.S)
        pure = "PURE" in re.split(r"\bDEPENDS\b|\bUSES\b", m.group(2))[0].split()
        found[m.group(1)] = Module(pure, depends.group(1).split() if depends else [])
    return found


def functions(text):
    """Every function with a body as (line, name, lines). What stands inside a function belongs to it."""
    code = re.sub(r"(?m)^[ \t]*#.*$", lambda m: _blanks(m.group()), blank(text))
    enclosing, parentheses, begin = [], 0, 0
    for i, c in enumerate(code):
        if c in "([":
            parentheses += 1
        elif c in ")]":
            parentheses -= 1
        elif parentheses > 0:
            continue
        elif c == ";":
            begin = i + 1
        elif c == "{":
            inside = any(start is not None for start, _ in enclosing)
            head = code[begin:i]
            enclosing.append((None, "") if inside or not _is_function(head) else (i - len(head.lstrip()), _name(head)))
            begin = i + 1
        elif c == "}" and enclosing:
            start, name = enclosing.pop()
            begin = i + 1
            if start is not None:
                yield line_of(code, start), name, code.count("\n", start, i) + 1


def _is_function(head):
    """A parameter list, and before it neither a namespace nor an initialiser."""
    before = head.split("(")[0]
    return "(" in head and not re.match(r"\s*namespace\b", head) and (before.rstrip().endswith("operator") or "=" not in re.sub(r"operator\s*[=<>!+*-]+", "", before))


def _name(head):
    found = re.findall(r"([\w:~]+|operator\S+)\s*\(", head)
    return found[0] if found else "?"
