"""The portal beside which a command runs, and who acts there."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from portal.infra.actor import Actor
    from portal.infra.unit_of_work import UnitOfWork


@contextmanager
def opened_portal() -> "Iterator[Portal]":
    """Built from the settings, and closed at the end of the block."""
    from portal.bootstrap import build_portal  # noqa: PLC0415 - a command loads what it needs
    from portal.infra.settings import load_settings  # noqa: PLC0415

    portal = build_portal(load_settings())
    try:
        yield portal
    finally:
        portal.ports.signers.close()
        portal.engine.dispose()


@contextmanager
def acting(portal: "Portal") -> "Iterator[UnitOfWork]":
    """A transaction in which whoever sits at the host acts."""
    with portal.unit_of_work(host_actor()) as uow:
        yield uow


def host_actor() -> "Actor":
    """Whoever sits at the host may do everything; which account of the system it was, the audit log remembers."""
    from portal.infra.actor import Actor  # noqa: PLC0415

    return Actor(kind="cli", label=_account())


def _account() -> str:
    """As the system knows it, not as the environment says: that is anybody's to set."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"  # in containers accounts have no names
