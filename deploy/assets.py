"""Fills static/vendor/ with the two assets that others make: htmx and the lucide icons.

Run by `make setup`, with the interpreter of the virtual environment. Neither asset is kept in the tree. htmx comes
out of a wheel that is pinned by hash in assets.lock, and the file itself is checked once more; the icons come out of
the installed `lucide` package, and only those that a template or a module names end up in the sprite.
Does nothing, quickly, when all is up to date.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
LOCK = ROOT / "deploy" / "assets.lock"

# What the wheel's htmx-4.min.js says of itself; templates/layouts/base.html names the same file.
HTMX_VERSION = "4.0.0-beta6"
HTMX_INTEGRITY = "sha384-6lyVbhrs13b9z7mLOpt/N6R76rtkEBWgCjAXRs/DSWyi2AMnQSs10ijWk+PI8n7W"
HTMX_MEMBER = "django_htmx/static/django_htmx/htmx-4.min.js"
HTMX_FILE = f"htmx-{HTMX_VERSION}.min.js"

# icon("key-round"), icon="key-round", {"icon": "key-round"}, and draw("key-round") inside the macros:
# in templates and in Python alike.
NAMED_ICON = re.compile(r"""\b(?:icon|draw)["']?\s*[(=:]\s*["']([a-z][a-z0-9-]*)["']""")
# {% set kind_icons = {"web": "globe"} %}: a table of icons in a template.
ICON_TABLE = re.compile(r"\bset\s+\w*icons\s*=\s*(\{.*?\})\s*-?%\}", re.DOTALL)
QUOTED = re.compile(r"""["']([a-z][a-z0-9-]*)["']""")


class AssetError(Exception):
    """What was fetched is not what was expected: the set-up must not go on."""


def integrity(content: bytes) -> str:
    """The value of an `integrity` attribute for a file with this content."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


# -- htmx ---------------------------------------------------------------------------------------------------------


def ensure_htmx() -> bytes:
    """The content of htmx, fetched only if the copy at hand is missing or not the right one."""
    target = VENDOR / HTMX_FILE
    if target.is_file() and integrity(target.read_bytes()) == HTMX_INTEGRITY:
        return target.read_bytes()
    content = checked(member_of_wheel())
    write(target, content)
    return content


def checked(content: bytes) -> bytes:
    """The content itself, or an AssetError if it is not the file that was reviewed."""
    if integrity(content) != HTMX_INTEGRITY or f'version="{HTMX_VERSION}"'.encode() not in content:
        raise AssetError(f"htmx: expected {HTMX_VERSION} {HTMX_INTEGRITY}, got {integrity(content)}")
    return content


def member_of_wheel() -> bytes:
    """Fetches the locked wheel from the package index that pip is set to, and takes the one file out of it."""
    with tempfile.TemporaryDirectory() as folder:
        options = [
            "--quiet",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
            "--disable-pip-version-check",
        ]
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            *options,
            "--dest",
            folder,
            "--requirement",
            str(LOCK),
        ]
        if subprocess.run(command, check=False).returncode:  # noqa: S603 - fixed arguments
            raise AssetError("htmx: pip could not fetch the wheel named in deploy/assets.lock")
        wheel = next(Path(folder).glob("*.whl"))
        with ZipFile(wheel) as archive:
            return archive.read(HTMX_MEMBER)


# -- icons --------------------------------------------------------------------------------------------------------


def used_icons() -> set[str]:
    """The lucide names that templates and modules give to an icon."""
    names: set[str] = set()
    for template in (ROOT / "templates").rglob("*.html"):
        names |= icons_in_template(template.read_text())
    for module in (ROOT / "portal").rglob("*.py"):
        source = module.read_text()
        names.update(NAMED_ICON.findall(source))
        if "ICONS" in source:
            names.update(icons_in_tables(ast.parse(source)))
    return names


def icons_in_template(source: str) -> set[str]:
    """Icons named by a call, a keyword, a key, or in a table whose name ends in `icons`."""
    tables = " ".join(ICON_TABLE.findall(source))
    values = re.findall(r":\s*(?:\[|\()?\s*([\"'][a-z0-9-]+[\"'])", tables)
    return set(NAMED_ICON.findall(source)) | {value.strip("\"'") for value in values}


def icons_in_tables(tree: ast.Module) -> Iterator[str]:
    """The values of dictionaries assigned to a name that ends in ICONS."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Dict):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id.endswith("ICONS") for target in targets):
            values = (leaf for value in node.value.values for leaf in ast.walk(value))
            yield from (
                leaf.value
                for leaf in values
                if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
            )


def lucide_archive() -> Path:
    """Where the installed `lucide` package keeps its drawings; found without importing it."""
    spec = importlib.util.find_spec("lucide")
    if spec is None or spec.origin is None:
        raise AssetError("icons: the `lucide` package is not installed in this environment")
    return Path(spec.origin).with_name("lucide.zip")


def sprite(names: set[str], archive: Path) -> bytes:
    """One SVG with a symbol per icon, in alphabetical order so that equal icons give an equal file."""
    symbols = []
    with ZipFile(archive) as drawings:
        known = set(drawings.namelist())
        if missing := sorted(name for name in names if f"{name}.svg" not in known):
            raise AssetError(f"icons: lucide has none called {', '.join(missing)}")
        for name in sorted(names):
            drawing = drawings.read(f"{name}.svg").decode()
            inside = re.sub(r">\s+<", "><", drawing.partition(">")[2].rpartition("</svg>")[0].strip())
            symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'.encode()


# -- together -----------------------------------------------------------------------------------------------------


def write(path: Path, content: bytes) -> None:
    """Writes beside and renames, so that a running portal never serves half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    beside.replace(path)


def manifest(htmx: bytes, icons: bytes, names: set[str]) -> bytes:
    """What lies in static/vendor/, by its path below static/: `integrity` goes into the pages, the rest into tests."""

    def entry(content: bytes) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        return {"integrity": integrity(content), "sha256": digest, "bytes": len(content)}

    facts = {
        f"vendor/{HTMX_FILE}": entry(htmx) | {"version": HTMX_VERSION},
        "vendor/icons.svg": entry(icons) | {"names": sorted(names)},
    }
    return (json.dumps(facts, indent=2) + "\n").encode()


def main() -> int:
    """0 when static/vendor/ is as it should be; 1, with one line on why, when it cannot be."""
    try:
        htmx, names = ensure_htmx(), used_icons()
        icons = sprite(names, lucide_archive())
    except AssetError as problem:
        sys.stderr.write(f"assets: {problem}\n")
        return 1
    for name, content in {"icons.svg": icons, "manifest.json": manifest(htmx, icons, names)}.items():
        path = VENDOR / name
        if not path.is_file() or path.read_bytes() != content:
            write(path, content)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
