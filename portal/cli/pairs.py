"""`name=value`, as it is typed at a terminal."""

from collections.abc import Iterable
from typing import Any

from portal.cli.exits import Stop


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """Each name once; the last value counts.

    Raises:
        Stop: one that is no pair.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise Stop(f"“{text[:60]}”: write it as name=value")
        found[name.strip()] = value
    return found


def fields(texts: Iterable[str]) -> dict[str, str]:
    """The same for names of fields, which may be typed with hyphens."""
    return {name.replace("-", "_"): value for name, value in pairs(texts).items()}


def documents(texts: Iterable[str]) -> dict[str, Any]:
    """Pairs with values that are JSON; whatever is none is a text."""
    return {name: _value(text) for name, text in pairs(texts).items()}


def _value(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    import orjson  # noqa: PLC0415 - a command loads what it needs

    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
