"""Holds the templates of pages to what mustache cannot check: it escapes for text and for double-quoted attributes, and knows
no other context."""
import re

# The one place of markup that the program has made itself.
OWN_MARKUP = "svg.mustache"


def check_template(name, text):
    for m in re.finditer(r"\{\{\{|\{\{\s*&", text):
        if not name.endswith("/" + OWN_MARKUP):
            yield line_of(text, m), "unescaped value: only svg.mustache may have one"
    for m in re.finditer(r"<(?:script|style)\b[^>]*>", text):
        if " src=" not in m.group():
            yield line_of(text, m), "script and style stand in files of their own: the policy forbids them in a page"
    for m in re.finditer(r"<[^>]*?\s(style|on[a-z]+)=", text):
        yield line_of(text, m), f"{m.group(1)}= is forbidden by the policy"
    for m in re.finditer(r"=(?:'[^'>]*\{\{|\{\{)", re.sub(r"\{\{[^}]*\}\}", keep_value, text)):
        yield line_of(text, m), "a value of an attribute stands in double quotes"


def keep_value(tag):
    """Sections print nothing, values do; equal lengths keep the lines."""
    return tag.group() if not re.match(r"\{\{[#^/>!]", tag.group()) else " " * len(tag.group())


def line_of(text, match):
    return text.count("\n", 0, match.start()) + 1


def self_test():
    wrong = [
        ("x/a.mustache", "<p>{{{name}}}</p>"), ("x/a.mustache", "<p>\n{{& name}}</p>"), ("x/a.mustache", "<script>1</script>"),
        ("x/a.mustache", '<p style="x">'), ("x/a.mustache", '<a onclick="x">'), ("x/a.mustache", "<a href={{x}}>"),
        ("x/a.mustache", "<a href='{{x}}'>"),
    ]
    right = [
        ("x/svg.mustache", "{{{svg}}}"), ("x/a.mustache", '<a href="{{x}}"{{#y}} hidden{{/y}}>{{z}}</a>'),
        ("x/a.mustache", '<script type="module" src="{{x}}"></script>'),
    ]
    missed = [text for name, text in wrong if not list(check_template(name, text))]
    refused = [text for name, text in right if list(check_template(name, text))]
    for text in missed:
        print("a template was not caught:", text)
    for text in refused:
        print("a template was caught and is right:", text)
    return len(missed) + len(refused)
