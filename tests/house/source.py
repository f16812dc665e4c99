"""The house as text: its modules, read once and parsed."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import portal

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Module:
    """One Python file, by its path from the root of the repository."""

    path: str
    text: str
    tree: ast.Module

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Every call with its written name: `uow.session.commit`, `datetime.now`, `getenv`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node

    def imports(self) -> Iterator[str]:
        """Every module that is imported, anywhere in this one."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)

    def names(self) -> Iterator[tuple[str, int]]:
        """Every dotted name that is imported or written, with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.Attribute):
                yield ast.unparse(node), node.lineno


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """All modules below these folders; without a folder, the product's own."""
    found = []
    for folder in folders or ("portal",):
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            found.append(Module(path=path.relative_to(ROOT).as_posix(), text=text, tree=ast.parse(text)))
    return tuple(found)


@cache
def import_everything() -> None:
    """So that every model and event of the product is known to its base class."""
    for info in pkgutil.walk_packages(portal.__path__, "portal."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)
