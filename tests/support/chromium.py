"""The Chromium that browser tests drive: found on the machine, or installed where that is allowed.

`python -m tests.support.chromium` makes sure of one, in one line.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SHELL = "chromium-headless-shell"
"""Chromium without windows, which are drawn and paid for even where nobody sees them. Pages are the same in it."""
COMMANDS = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
INSTALL_SECONDS = 600

ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
    # names are answered here or not at all, so that no page under test reaches anybody
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def find() -> Path | None:
    """CHROMIUM if it is set, else the system's, else one that Playwright has installed."""
    if named := os.environ.get("CHROMIUM"):
        return Path(named) if Path(named).is_file() else None
    for command in COMMANDS:
        if path := shutil.which(command):
            return Path(path)
    return next((path for path in (MAC, *_of_playwright()) if path.is_file()), None)


def arguments() -> list[str]:
    """Its own sandbox needs a user other than root."""
    return [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else ARGUMENTS


def install() -> Path | None:
    """From the system's packages where we are root on Debian or Ubuntu, else from Playwright; None if neither can."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "--quiet"], quietly)
        for package in (SHELL, "chromium"):
            _run(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", package], quietly)
            if found := find():
                return found
    _run([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"], dict(os.environ))
    return find()


def _of_playwright() -> Iterator[Path]:
    homes = [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    if named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        homes.insert(0, Path(named))
    for home in homes:
        yield from sorted(home.glob("chromium_headless_shell-*/*/*headless[-_]shell"), reverse=True)
        yield from sorted(home.glob("chromium-*/chrome-linux*/chrome"), reverse=True)
        yield from sorted(home.glob("chromium-*/chrome-mac*/*.app/Contents/MacOS/*"), reverse=True)


def _run(command: list[str], environment: dict[str, str]) -> None:
    try:
        subprocess.run(command, env=environment, capture_output=True, timeout=INSTALL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        sys.stderr.write(f"{command[0]}: {problem}\n")


def main() -> int:
    """0 with a browser at hand, 1 with a line on how to come by one."""
    if find():
        return 0
    if not os.environ.get("CHROMIUM"):
        sys.stderr.write("No Chromium found: installing one\n")
        if install():
            return 0
    sys.stderr.write(
        "The browser tests need Chromium: install chromium or google-chrome, or set CHROMIUM=/path/to/it. "
        'Without one, run the rest: .venv/bin/pytest -m "not browser"\n'
    )
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
