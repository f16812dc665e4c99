"""The portal beside which a command runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from portal.infra.settings import load_settings

if TYPE_CHECKING:
    from portal.bootstrap import Portal


@contextmanager
def opened_portal() -> "Iterator[Portal]":
    """Built from the settings, and closed at the end of the block."""
    from portal.bootstrap import build_portal  # noqa: PLC0415 - a command loads what it needs

    portal = build_portal(load_settings())
    try:
        yield portal
    finally:
        portal.ports.signers.close()
        portal.engine.dispose()
