"""A history to prove: entries of several kinds, sealed and signed, and a look at whether it still holds."""

import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from portal.audit.models import Seal
from portal.audit.services.checkpoints import public_keys, write_checkpoint
from portal.audit.services.verifying import Verdict, Verifier
from portal.infra.actor import CLI, SYSTEM, Actor
from portal.infra.events import Event, Ref
from portal.infra.ids import new_id
from portal.jobs.sealing import keeper_of

if TYPE_CHECKING:
    from uuid import UUID

    from portal.audit.rules.checkpoints import SignedHead
    from portal.bootstrap import Portal

MAYA, DEVON, KESTREL = new_id(), new_id(), new_id()


class Waved(Event):
    """Somebody waved at somebody, for these tests."""

    label = "test.waved_at"


class Built(Event):
    """Something was built, for these tests; no person is in it."""

    label = "test.built"


def live(portal: "Portal", count: int) -> None:
    """So many entries: about people and about things, by people, visitors and the command line."""
    maya = Actor(
        kind="user", id=MAYA, label="maya", ip="203.0.113.7", user_agent="Firefox", request_id="req_1"
    )
    visitor = Actor(kind="anonymous", label="Visitor", ip="2001:db8::7")
    devon, kestrel = Ref("user", DEVON, "devon"), Ref("client", KESTREL, "Kestrel")
    for number in range(count):
        with portal.unit_of_work((maya, visitor, CLI)[number % 3]) as uow:
            if number % 2:
                uow.publish(
                    Waved(touched=(devon, kestrel), after={"number": number}, reason="friendly, I hope")
                )
            else:
                uow.publish(
                    Built(touched=(kestrel,), before={"number": number, "share": 0.5}, details={"n": 1.0})
                )


def sign(portal: "Portal") -> "SignedHead":
    with portal.unit_of_work(SYSTEM) as uow:
        signed = write_checkpoint(uow)
    assert signed is not None
    return signed


def sealed_history(portal: "Portal", count: int = 60) -> "list[SignedHead]":
    """Entries under three checkpoints; these, as they left the house."""
    copies = []
    for _ in range(3):
        live(portal, count // 3)
        keeper_of(portal).seal_waiting()
        copies.append(sign(portal))
    return copies


def verify(portal: "Portal", exported: "Iterable[SignedHead]" = (), *, after: int = 0) -> Verdict:
    return Verifier(portal.reading, public_keys(portal.ports.sealer), exported).run(after=after)


def after_tampering(
    portal: "Portal",
    tamper: Callable[[Connection], object],
    exported: "Iterable[SignedHead]" = (),
) -> Verdict:
    """What a verification says when somebody with all rights has done this; it is undone afterwards."""
    with portal.engine.connect() as connection, connection.begin() as transaction:
        tamper(connection)

        def reading() -> Session:
            return Session(connection, join_transaction_mode="rollback_only")

        verdict = Verifier(reading, public_keys(portal.ports.sealer), exported).run()
        transaction.rollback()
    return verdict


def places(portal: "Portal", count: int = 20, *, margin: int = 3) -> "list[tuple[int, UUID]]":
    """Positions in the middle of the chain, with the ids of their entries."""
    with portal.reading() as session:
        rows = [(row.position, row.entry_id) for row in session.execute(select(Seal.position, Seal.entry_id))]
    rows.sort()
    return random.Random(7).sample(rows[margin:-margin], count)  # noqa: S311 - the same places each time
