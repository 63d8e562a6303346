"""The names in comments: what a comment calls by name must exist."""
import re
from pathlib import PurePosixPath

from source import comments, includes, without_comments

# Names of others that our comments speak of.
FOREIGN = {
    "SubjectPublicKeyInfo",  # ASN.1, as RFC 5280 has it
    "SipHash",  # Aumasson and Bernstein's keyed hash
    "signgam",  # what lgamma writes behind one's back
    "uXXXX",  # an escape of JSON
}
WORD = re.compile(r"[A-Za-z_]\w*")
# Outside of backticks: lowerCamel, UpperCamel of two parts at least, kConstants, calls and qualifiers.
CODE_LIKE = re.compile(r"(?<![\w/.@-])(?:([a-z]+[A-Z]\w*)|([a-z_]\w+)(?=\(\))|([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+)|([A-Z]\w+)(?=::))")


class Names:
    def __init__(self, sources, others, keys):
        """`sources`: the C++ files by their names; `others`: the texts of other files, whose words count as existing;
        `keys`: words that any file may name, such as those of the configuration."""
        self.own = {name: set(WORD.findall(without_comments(text))) for name, text in sources.items()}
        self.public = FOREIGN | set(keys)
        self.tree = self.public.union(*self.own.values(), *(WORD.findall(text) for text in others))
        # Files and folders may be named too.
        for name in sources:
            self.tree |= set(WORD.findall(name))

    @classmethod
    def of_tree(cls, root, sources):
        """With the build files, scripts, catalogues and examples of the tree."""
        kinds = {".txt", ".yaml", ".json", ".py", ".rules", ".service", ".cmake", ""}
        others, keys = [], set()
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and path.suffix in kinds and not name.startswith(("build", ".git", ".cache", "tests/lint/")):
                others.append(path.read_text(errors="replace"))
                if path.suffix == ".yaml":
                    keys |= set(re.findall(r"(\w+):", others[-1]))
        return cls(sources, others, keys)

    def near(self, name, text):
        """What a reader of the file has in view: the file, its other half, and what they include."""
        path = PurePosixPath(name)
        mates = {name, str(path.with_suffix(".hpp")), str(path.with_suffix(".cpp"))}
        mates |= {f"lib/{include}" for _, include, quoted in includes(text) if quoted}
        return set().union(*(self.own.get(mate, set()) for mate in mates))

    def check(self, name, text):
        near = self.near(name, text) | self.public
        for line, comment in comments(text):
            for m in re.finditer(r"`([^`\n]+)`", comment):
                at = line + comment.count("\n", 0, m.start())
                for word in WORD.findall(m.group(1)):
                    if word not in self.tree:
                        yield at, f"`{word}` exists nowhere"
                if WORD.fullmatch(m.group(1)) and m.group(1) in self.tree and m.group(1) not in near:
                    yield at, f"`{m.group(1)}` exists, but in none of the files that belong to this one"
            prose = re.sub(r"`[^`\n]+`", lambda m: " " * len(m.group()), comment)
            for m in CODE_LIKE.finditer(prose):
                word = next(group for group in m.groups() if group)
                if word not in self.tree:
                    yield line + comment.count("\n", 0, m.start()), f"{word} exists nowhere"
