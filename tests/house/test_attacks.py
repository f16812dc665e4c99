"""docs/attacks.md says which test tries which attack: each of them is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_test_that_the_page_names_exists() -> None:
    named = NAMED.findall((ROOT / "docs" / "attacks.md").read_text(encoding="utf-8"))
    assert len(named) > 50
    there = {path: _tests_of(ROOT / path) for path, _ in named}
    assert [f"{path}::{test}" for path, test in named if test not in there[path]] == []


def _tests_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
