"""What no template may hold: the page's security policy, htmx's traps and the house's habits, checked as text."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from tests.house.source import modules

TEMPLATES = Path(__file__).parents[2] / "templates"

# Folders of what brings its own <html>.
FRAMES = ("layouts", "email", "static")
# Forms that go to another site, which has no business with our token.
ELSEWHERE = ("form_post.html",)
# An element of one of these names or ids hides the form's own property of that name, from htmx too.
SHADOWS = ("form", "action", "method", "target", "submit", "elements")


@dataclass(frozen=True)
class Ban:
    """A thing that must not be there, why, and a line that shows it."""

    why: str
    pattern: re.Pattern[str]
    example: str
    in_mails: bool = True


def ban(why: str, pattern: str, example: str, *, in_mails: bool = True) -> Ban:
    """A ban by a regular expression, upper and lower case alike."""
    return Ban(why, re.compile(pattern, re.IGNORECASE | re.DOTALL), example, in_mails)


BANS = (
    ban(
        "the policy blocks style attributes", r"(?<![\w-])style\s*=", '<p style="color:red">', in_mails=False
    ),
    ban("the policy blocks style elements", r"<style", "<style>p { }</style>", in_mails=False),
    ban("the policy blocks handlers", r"(?<![\w-])on[a-z]+\s*=\s*[\"']", '<p onclick="x()">'),
    ban("the policy blocks such links", r"javascript:", '<a href="javascript:x()">'),
    ban("htmx would have to evaluate text", r"hx-(on|live)\b", '<p hx-on:click="x()">'),
    ban("htmx would have to evaluate text", r"[\"']js:", "<p hx-vals='js:{a: b()}'>"),
    ban(
        "htmx would have to evaluate text",
        r"hx-trigger\s*=\s*\"[^\"]*\[",
        "<p hx-trigger=\"keyup[key=='x']\">",
    ),
    ban("a script needs a source or a nonce", r"<script(?![^>]*\b(src|nonce)=)", "<script>x()</script>"),
    ban("text is escaped, always", r"\|\s*safe\b", "{{ words | safe }}"),
    ban("text is escaped, always", r"autoescape\s+false", "{% autoescape false %}"),
    ban(
        "it hides the form's own property",
        rf"\b(id|name)\s*=\s*[\"']({'|'.join(SHADOWS)})[\"']",
        '<i name="action">',
    ),
    ban(
        "the form's fields would not be sent",
        r"<button[^>]*\shx-(get|post|put|patch|delete)",
        '<button hx-post="/x">',
    ),
    ban("the token travels in the form", r"hx-headers", "<form hx-headers='{}'>"),
    ban(
        "the portal fetches nothing from others",
        r"\b(src|srcset)\s*=\s*[\"'](https?:)?//",
        '<img src="//x.example/a">',
    ),
    ban(
        "a second tab must not steer the first",
        r"target\s*=\s*[\"']_blank(?![^>]*noopener)",
        '<a target="_blank">',
    ),
)


def source_of(path: Path) -> str:
    """A template's text, its comments blanked so that line numbers stay."""
    comment = re.compile(r"\{#.*?#\}", re.DOTALL)
    return comment.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), path.read_text(encoding="utf-8"))


def pages() -> list[Path]:
    """Every template, and the one page that is served as it is."""
    return [*sorted(TEMPLATES.rglob("*.html")), TEMPLATES.parent / "static" / "500.html"]


def finds(rule: Ban) -> list[str]:
    """Where a rule is broken, as file:line."""
    looked_at = [path for path in pages() if rule.in_mails or path.parent.name != "email"]
    return [
        f"{path.relative_to(TEMPLATES.parent)}:{source_of(path)[: found.start()].count(chr(10)) + 1}"
        for path in looked_at
        for found in rule.pattern.finditer(source_of(path))
    ]


@pytest.mark.parametrize("rule", BANS, ids=lambda rule: rule.example)
def test_no_template_holds(rule: Ban) -> None:
    assert rule.pattern.search(rule.example), "the rule no longer finds what it is there for"
    assert finds(rule) == [], rule.why


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(TEMPLATES.parent)))
def test_every_form_that_changes_something_carries_the_token(path: Path) -> None:
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source_of(path), re.IGNORECASE | re.DOTALL)
    wrong = [form[:80] for form in forms if ("csrf" in form) is (path.name in ELSEWHERE)]
    assert wrong == []


def test_no_form_field_hides_a_property_of_the_form() -> None:
    hidden = [
        f"{module.path}:{statement.lineno}"
        for module in modules()
        for statement in ast.walk(module.tree)
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Call)
        and ast.unparse(statement.value.func).endswith("Field")
        and any(isinstance(target, ast.Name) and target.id in SHADOWS for target in statement.targets)
    ]
    assert hidden == []


def test_every_page_stands_in_a_layout_and_names_itself() -> None:
    """Templates that extend nothing are pieces of pages; only a layout, a mail or the static page has an <html>."""
    own_frame = [
        path.name for path in pages() if "<html" in source_of(path) and path.parent.name not in FRAMES
    ]
    nameless = [
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if re.search(r"{%-? extends \"(layouts|errors)/", source_of(path))
        and path.parent.name not in FRAMES
        and not re.search(r"{% block title %}\s*\S", source_of(path))
    ]
    assert (own_frame, nameless) == ([], [])


def test_every_template_compiles() -> None:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    names = environment.list_templates(extensions=["html", "txt", "xml"])
    assert len(names) > 20
    assert [name for name in names if environment.get_template(name).name != name] == []
