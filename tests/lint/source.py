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


_NO_DATA = re.compile(r"(?:using|friend|static|enum|struct|class|union|typedef|template|constexpr|virtual|explicit)\b")


def types(text):
    """Every class and struct with a body as (line, kind, name, members); a member is (name, access)."""
    code = re.sub(r"(?m)^[ \t]*#.*$", lambda m: _blanks(m.group()), blank(text))
    for m in re.finditer(r"\b(class|struct)\s+([\w:]+)(?:\s+final)?\s*(?::(?!:)[^;{}()]*)?\{", code):
        if code[:m.start()].rstrip().endswith("enum"):
            continue
        body = _flat(code, m.end())
        yield line_of(code, m.start(1)), m.group(1), m.group(2), list(_members(body, "private" if m.group(1) == "class" else "public"))


def _flat(code, begin):
    """What stands between the braces that open before `begin`, each block inside as {}, or as nothing where it is an
    argument, such as a lambda's; a function's body ends a statement."""
    out, depth, parentheses = "", 1, 0
    for c in code[begin:]:
        if c == "}":
            depth -= 1
            if depth == 0:
                break
        if depth == 1:
            parentheses += (c == "(") - (c == ")")
            if c not in "{}" or parentheses == 0:
                out += c
        if c == "{":
            depth += 1
    return re.sub(r"(\)|\bconst|\boverride|\bnoexcept|\bfinal)\s*\{\}", r"\1;", out)


def _members(body, access):
    for statement in body.split(";"):
        for label in re.findall(r"\b(public|private|protected)\s*:(?!:)", statement):
            access = label
        statement = re.sub(r"\b(?:public|private|protected)\s*:(?!:)", "", statement).strip()
        while (shorter := re.sub(r"<[^<>]*>", "", statement)) != statement:
            statement = shorter
        statement = re.sub(r"=[^,(]*\([^()]*\)|=[^,(]*|\{\}", "", statement).strip()
        if not statement or "(" in statement or re.search(r"\boperator\b", statement) or _NO_DATA.match(statement):
            continue
        for part in statement.split(","):
            yield re.split(r"[\s&*]+", part.split("[")[0].strip())[-1], access
