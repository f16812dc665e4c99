"""Compiled templates: read back where they are, and never in the way."""

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from portal.http.compiled import CompiledTemplates

PAGE = "Hello {{ name }}"


def said(folder: Path, source: str = PAGE) -> str:
    """What a page says in a process that has just started."""
    fresh = Environment(
        loader=DictLoader({"page": source}), autoescape=True, bytecode_cache=CompiledTemplates(folder)
    )
    return fresh.get_template("page").render(name="Maya")


def test_what_was_compiled_once_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "templates"
    assert said(folder) == "Hello Maya"
    assert folder.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(Environment, "compile", None)
    assert said(folder) == "Hello Maya"


def test_a_template_that_has_changed_is_compiled_again_in_the_same_place(tmp_path: Path) -> None:
    said(tmp_path)
    assert said(tmp_path, "Bye {{ name }}") == "Bye Maya"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("rest", [b"", b"j2", b"no byte code"])
def test_half_a_file_is_no_file(tmp_path: Path, rest: bytes) -> None:
    said(tmp_path)
    (file,) = tmp_path.iterdir()
    for kept in (rest, file.read_bytes()[:-100]):
        file.write_bytes(kept)
        assert said(tmp_path) == "Hello Maya"


def test_without_a_folder_to_write_to_it_is_compiled_each_time(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert said(file / "templates") == "Hello Maya"
