"""The components, each drawn as components.html uses it, with real forms: sound markup, and references that lead on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, render_template_string
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from jinja2 import ChoiceLoader, FileSystemLoader
from jinja2_fragments.flask import render_block
from wtforms import (
    BooleanField,
    EmailField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NOW = datetime(2026, 11, 23, 10, 45, tzinfo=UTC)
MODULES = ("nav", "forms", "feedback", "data", "chart")
VOID = frozenset({"area", "br", "hr", "img", "input", "link", "meta", "wbr"})

GALLERY = "components.html"


class Sample(FlaskForm):  # type: ignore[misc]
    """One field of each kind, each with something to say."""

    name = StringField("Name")
    email = EmailField("Email")
    password = PasswordField("Password")
    code = StringField("Code")
    addresses = TextAreaField("Redirect addresses")
    kind = SelectField("Kind", choices=[SelectChoice("web", "Web"), SelectChoice("spa", "Single-page")])
    agreed = BooleanField("Agreed")
    way = RadioField(
        "Way", choices=[SelectChoice("passkey", "Passkey"), SelectChoice("password", "Password")]
    )
    roles = SelectMultipleField(
        "Roles", choices=[SelectChoice("editor", "Editor"), SelectChoice("auditor", "Auditor")]
    )


class Markup(HTMLParser):
    """Reads a piece of a page and keeps what has to fit together."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Elements that stay open are remembered."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<use/>` and its like in SVG."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Each end closes what was opened last."""
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def values(self, name: str) -> Iterator[str]:
        """Every value of an attribute."""
        return (value for _, attributes in self.elements if (value := attributes.get(name)))


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask(__name__, template_folder=str(ROOT / "templates"))
    app.jinja_env.loader = ChoiceLoader([FileSystemLoader(folder) for folder in (ROOT / "templates", HERE)])
    app.config.update(SECRET_KEY="for tests", WTF_CSRF_ENABLED=True)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset_url=lambda path: f"/static/{path}", csrf_token=generate_csrf, now=lambda: NOW
    )
    found: dict[str, Any] = {}
    for name in MODULES:
        module = app.jinja_env.get_template(f"ui/{name}.html").module
        found.update({key: value for key, value in vars(module).items() if not key.startswith("_")})
    app.jinja_env.globals["ui"] = SimpleNamespace(**found)
    return app


def drawn(app: Flask, block: str, *, wrong: bool) -> str:
    """One block of the gallery, with a form as it comes or with an error on every field."""
    viewer = SimpleNamespace(name="Maya", email="m@x.example", username="maya", initials="M")
    with app.test_request_context():
        form = Sample()
        if wrong:
            form.form_errors.append("Nothing fits <i>")
            for field in form:
                if field.name != "csrf_token":
                    field.errors = [f"Mend {field.name} <i>"]
        return render_block(GALLERY, block, form=form, viewer=viewer, at=NOW - timedelta(days=2))


def blocks() -> list[str]:
    return re.findall(r"{% block (\w+) %}", (HERE / GALLERY).read_text(encoding="utf-8"))


def test_every_component_is_in_the_gallery(app: Flask) -> None:
    macros = {name for name, value in vars(app.jinja_env.globals["ui"]).items() if callable(value)}
    assert macros == set(blocks())


@pytest.mark.parametrize("wrong", [False, True], ids=["as it is", "with errors"])
@pytest.mark.parametrize("name", blocks())
def test_a_component_is_sound(app: Flask, name: str, *, wrong: bool) -> None:
    text = drawn(app, name, wrong=wrong)
    page = Markup(text)
    ids = [value for value in page.values("id") if value != "csrf_token"]
    named = {word for attribute in ("aria-describedby", "aria-labelledby") for word in page.values(attribute)}
    assert (page.unbalanced, page.open) == ([], [])
    assert len(ids) == len(set(ids))
    assert {word for words in named for word in words.split()} <= set(ids)
    assert set(page.values("for")) | set(page.values("aria-controls")) <= set(ids)
    assert "<i>" not in text


@pytest.mark.parametrize("name", ["field", "password", "code", "textarea", "select", "checkbox", "switch"])
def test_a_wrong_field_names_its_error_before_its_hint(app: Flask, name: str) -> None:
    page = Markup(drawn(app, name, wrong=True))
    wrong = [attributes for _, attributes in page.elements if attributes.get("aria-invalid") == "true"]
    assert len(wrong) == 1
    described = (wrong[0].get("aria-describedby") or "").split()
    assert [word.rpartition("-")[2] for word in described] == ["error", "hint"]


def test_a_summary_of_errors_leads_to_each_field(app: Flask) -> None:
    text = drawn(app, "error_summary", wrong=True)
    assert "There are 10 things to fix" in text
    assert {"#email", "#way-0", "#roles"} <= set(Markup(text).values("href"))
    assert drawn(app, "error_summary", wrong=False).strip() == ""


def test_a_diff_shows_what_changed_and_in_words_too(app: Flask) -> None:
    text = drawn(app, "diff", wrong=False)
    assert "Amount" in text
    assert "Added" in text
    assert "Same" not in text
    assert '<del class="is-danger">1</del>' in text
    assert '<ins class="is-success">3</ins>' in text


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=50), "1 minute ago"),
        (timedelta(minutes=4), "4 minutes ago"),
        (timedelta(hours=30), "1 day ago"),
        (timedelta(days=-2), "in 2 days"),
        (timedelta(days=400), "1 year ago"),
    ],
)
def test_a_relative_time_reads_as_one_would_say_it(app: Flask, before: timedelta, words: str) -> None:
    with app.test_request_context():
        text = render_template_string("{{ ui.time(at) }}", at=NOW - before)
    assert f">{words}</time>" in text
