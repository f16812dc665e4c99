"""What a browser calls itself, in words that its owner recognises."""

import re
from typing import Final

_BROWSERS: Final = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
    ("curl", r"^curl/"),
)
_SYSTEMS: Final = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("ChromeOS", r"CrOS"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh|Mac OS X"),
    ("Ubuntu", r"Ubuntu"),
    ("Linux", r"Linux"),
)
_HAND_HELD: Final = {"iPhone", "Android"}


def device_name(user_agent: str | None) -> str:
    """`Firefox on Ubuntu`: enough for its owner to recognise, whatever else the browser says of itself."""
    browser = _first(_BROWSERS, user_agent or "")
    system = _first(_SYSTEMS, user_agent or "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown device"


def is_hand_held(user_agent: str | None) -> bool:
    return _first(_SYSTEMS, user_agent or "") in _HAND_HELD


def _first(names: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, text)), None)
