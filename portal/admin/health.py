"""Whether the portal is well, as far as it can tell from inside; each finding with who can mend it and how."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from portal.audit.repository import AuditEntries, ChainState, chain_state
from portal.bootstrap import Portal
from portal.grants.repository import SigningKeys
from portal.infra.leases import BEAT, WORK, Lease, lease
from portal.infra.outbox_standing import Standing, standings
from portal.infra.schema import present_revision

State = Literal["ok", "warning", "danger"]

PATIENCE: Final = timedelta(minutes=5)
"""How long a message may wait before something is wrong with its delivery."""
CLOCK_SLACK: Final = timedelta(minutes=1)
LONGEST_UNVERIFIED_MINUTES: Final = 60


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; the text says how it is, and what to do where it is not well."""

    name: str
    state: State
    text: str


def look(portal: Portal, session: Session, *, reached_as: str) -> list[Check]:
    """All checks. They ask the database a handful of cheap questions, and nobody outside."""
    now = portal.ports.clock.now()
    jobs = portal.settings.jobs
    newest = AuditEntries(session).page(size=1).items
    return [
        address(issuer=portal.settings.base_url, reached_as=reached_as),
        database(session.get_bind().dialect.name, present_revision(session), portal.schema_revision),
        keys([key.state for key in SigningKeys(session).published()]),
        mail(portal.settings.smtp_url),
        deliveries(list(standings(session, at=now).values()), at=now),
        workers(lease(session, WORK), lease(session, BEAT) if jobs == "celery" else None, jobs=jobs, at=now),
        clock(newest[0].created_at if newest else None, at=now),
        history(chain_state(session), at=now),
        *([redis(is_up=portal.redis.is_up())] if portal.redis else []),
    ]


def address(*, issuer: str, reached_as: str) -> Check:
    """Apps trust one address only; whoever is here by another one will see sign-ins fail."""
    if reached_as == issuer:
        return Check("Address", "ok", issuer)
    return Check(
        "Address",
        "warning",
        f"You came by {reached_as}, but apps are told {issuer}. Set PORTAL_BASE_URL to the one that people use.",
    )


def database(dialect: str, present: str | None, expected: str) -> Check:
    """It answers, or nobody would read this; so what is left is the schema."""
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(dialect, dialect)
    if present == expected:
        return Check("Database", "ok", f"{name}, schema {expected}")
    return Check(
        "Database",
        "danger",
        f"{name} has schema {present}, this release needs {expected}. Run: portal migrate",
    )


def keys(states: list[str]) -> Check:
    """Each algorithm needs a key that signs, and the next one published before it is used."""
    active, following = states.count("active"), states.count("next")
    if not active:
        return Check(
            "Signing keys", "danger", "No key signs, so no app can be told who is there. Start again."
        )
    if following < active:
        missing = "1 next one is" if active - following == 1 else f"{active - following} next ones are"
        return Check(
            "Signing keys", "warning", f"{active} sign, but {missing} missing: made within the hour."
        )
    return Check("Signing keys", "ok", f"{active} active, the next ones are published")


def mail(smtp_url: str | None) -> Check:
    """Without a server mail is only in the terminal and in the outbox."""
    if smtp_url is None:
        return Check("Mail", "warning", "No mail server: people get no mail. Set PORTAL_SMTP_URL.")
    return Check("Mail", "ok", "A mail server is set")


def deliveries(kinds: Sequence[Standing], *, at: datetime) -> Check:
    """What was promised and not done yet, or will not be."""
    waiting, given_up = sum(kind.waiting for kind in kinds), sum(kind.given_up for kind in kinds)
    oldest = min((kind.oldest for kind in kinds if kind.oldest), default=None)
    if oldest is not None and at - oldest > PATIENCE:
        minutes = int((at - oldest).total_seconds() // 60)
        text = f"{waiting:,} waiting, the oldest for {minutes:,} minutes. Look into the background work and the log."
        return Check("Deliveries", "danger", text)
    if given_up:
        text = f"{given_up:,} given up. See the background work: try again, or discard."
        return Check("Deliveries", "warning", text)
    return Check("Deliveries", "ok", f"{waiting:,} on their way" if waiting else "Nothing waits")


def workers(last: Lease | None, beat: Lease | None, *, jobs: str, at: datetime) -> Check:
    """Whoever looks for work leaves word of it each minute. Nothing is lost while nobody does, and nothing is done."""
    is_celery = jobs == "celery"
    remedy = "Start: portal worker, and: portal beat" if is_celery else "Look into the log of the portal."
    if last is None and not is_celery:
        return Check("Workers", "ok", "Nobody has worked yet")
    if last is None:
        return Check("Workers", "danger", f"Nobody has worked yet. {remedy}")
    idle = at - last.renewed_at
    if idle > PATIENCE:
        minutes = int(idle.total_seconds() // 60)
        return Check("Workers", "danger", f"Nobody has worked for {minutes:,} minutes. {remedy}")
    if is_celery and (beat is None or beat.ends_at < at):
        return Check("Workers", "warning", "They work, but nobody keeps the beat. Start: portal beat")
    return Check("Workers", "ok", "Celery works" if is_celery else "The portal works by itself")


def clock(newest: datetime | None, *, at: datetime) -> Check:
    """Tokens with a wrong time are refused by apps. The log remembers the latest time that there was."""
    if newest is not None and newest - at > CLOCK_SLACK:
        return Check(
            "Clock", "danger", "The log has entries from the future: this machine's clock was set back."
        )
    return Check("Clock", "ok", f"{at:%H:%M} UTC")


def history(chain: ChainState, *, at: datetime) -> Check:
    """The log proves itself, as long as somebody seals it and looks."""
    if chain.problem is not None:
        text = f"The chain of the audit log is broken at {chain.problem.text}. See the audit log."
        return Check("History", "danger", text)
    if chain.waiting_since is not None and at - chain.waiting_since > PATIENCE:
        minutes = int((at - chain.waiting_since).total_seconds() // 60)
        text = f"Nothing has been sealed for {minutes:,} minutes. Look into the log; “portal audit seal” does it."
        return Check("History", "danger", text)
    if chain.verified_at is None:
        return Check("History", "ok", "Not verified yet")
    minutes = int((at - chain.verified_at).total_seconds() // 60)
    if minutes > LONGEST_UNVERIFIED_MINUTES:
        return Check("History", "warning", f"Last verified {minutes:,} minutes ago. Run: portal audit verify")
    return Check("History", "ok", f"{chain.head:,} entries, verified {minutes:,} minutes ago")


def redis(*, is_up: bool) -> Check:
    """It is never needed, only faster."""
    if is_up:
        return Check("Redis", "ok", "It answers")
    return Check(
        "Redis", "warning", "It does not answer; each process keeps its own cache and throttles meanwhile."
    )
