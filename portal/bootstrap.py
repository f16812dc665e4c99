"""From settings to a portal: engine, ports and the wiring of events. Knows no web framework."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

import portal.accounts.models
import portal.audit.models
import portal.clients.models
import portal.grants.models.keys
import portal.infra.bulk.models
import portal.sessions.models  # noqa: F401 - together these fill TABLES
from portal.access.events import AccessChanged, AccessRequestChanged, AdministratorRecovered
from portal.access.handlers import alarm_readers, give_default_role, keep_an_administrator, raise_epoch
from portal.access.models import epoch, groups, requests, roles  # noqa: F401 - these too
from portal.access.services.letters import forget_waiting_counts, mail_answer, mail_request, mail_review
from portal.accounts.events import PasswordChanged, PasswordReplaced, UserCreated, UserDisabled
from portal.accounts.handlers import mail_email_change, mail_invitation, mail_recovery, mail_sign_up
from portal.audit.events import ChainBroken
from portal.audit.handlers import record
from portal.clients.events import CHANGES_OF_A_CLIENT
from portal.clients.keys import ClientKeys
from portal.clients.snapshots import ClientSnapshots
from portal.grants.events import SigningKeysChanged
from portal.grants.handlers import end_families_of_session, tell_apps_of_person, tell_apps_of_session
from portal.grants.models import asking, consent, leaving, personal, tokens  # noqa: F401 - these too
from portal.grants.services import Issuer, KeyRing, Subjects
from portal.infra import idempotency, leases, outbox  # noqa: F401 - these too
from portal.infra.actor import Actor
from portal.infra.clock import Clock, SystemClock
from portal.infra.collecting import traces_of
from portal.infra.crypto.certificates import Authorities
from portal.infra.crypto.keyfile import decode_key, load_or_create
from portal.infra.crypto.passwords import Passwords
from portal.infra.crypto.personal import PersonalKeys
from portal.infra.crypto.sealing import Sealer
from portal.infra.db import PERSONAL_KEYS, Base, make_engine, read_only, sessions_for_questions
from portal.infra.events import Event, EventBus
from portal.infra.letters import Letters
from portal.infra.mail import Mailer
from portal.infra.metrics import Metrics
from portal.infra.outgoing import fetcher_of
from portal.infra.ports import Ports
from portal.infra.queue import EmbeddedQueue, JobQueue
from portal.infra.rate_limit import Limiter
from portal.infra.schema import newest_revision
from portal.infra.settings import Settings, SettingsError
from portal.infra.sharing import shared_of
from portal.infra.signals import Signal
from portal.infra.signing import signers_of
from portal.infra.smtp import mailer_of
from portal.infra.tracing import Traces
from portal.infra.trusted import authorities_of
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.events import LockedOut, SessionEnded, SignedIn, SignInFailed
from portal.sessions.handlers import count_lockout, count_refusal, count_sign_in, forgive_failures

if TYPE_CHECKING:
    from portal.infra.redis_store import RedisLink

TABLES = Base.metadata
"""Every table of every feature."""

OutboxHandler = Callable[[UnitOfWork, Mapping[str, Any]], None]

OUTBOX_HANDLERS: dict[str, OutboxHandler] = {
    "sign_up_mail": mail_sign_up,
    "recovery_mail": mail_recovery,
    "invitation_mail": mail_invitation,
    "email_change_mail": mail_email_change,
    "access_request_mail": mail_request,
    "access_answer_mail": mail_answer,
    "access_review_mail": mail_review,
}


@dataclass(frozen=True, kw_only=True)
class Portal:
    """A portal that is ready to work. Connections are opened at first use, so a fork in between shares none."""

    settings: Settings
    engine: Engine
    ports: Ports
    events: EventBus
    mailer: Mailer
    redis: "RedisLink | None"
    clients: ClientSnapshots
    client_keys: ClientKeys
    client_authorities: Authorities | None
    issuer: Issuer
    schema_revision: str
    """The schema that this release expects the database to have."""
    queue: JobQueue
    wake_worker: Signal = field(default_factory=Signal)
    wake_sealer: Signal = field(default_factory=Signal)
    leaving: Signal = field(default_factory=Signal)
    """Set when this portal is about to end, for who asks whether it is ready."""

    def unit_of_work(self, actor: Actor) -> UnitOfWork:
        """A transaction in which `actor` acts; use it in a `with` block."""
        return UnitOfWork(
            self.engine, actor=actor, ports=self.ports, events=self.events, announce=self.queue.announce
        )

    def reading(self) -> Session:
        """A session for questions only; use it in a `with` block. Entries of the audit log open only with the keys."""
        return Session(self._asking, info={PERSONAL_KEYS: self.ports.personal_keys})

    def asking(self) -> Connection:
        """The same for plain statements, at half the price; use it in a `with` block."""
        return self._asking.connect()

    @cached_property
    def _asking(self) -> Engine:
        return read_only(self.engine)

    def after_fork(self) -> None:
        """A child process forgets its parent's connections without closing them."""
        self.engine.dispose(close=False)


def build_portal(
    settings: Settings,
    *,
    clock: Clock | None = None,
    mailer: Mailer | None = None,
    queue: JobQueue | None = None,
    traces: Traces | None = None,
) -> Portal:
    """Put the portal together; nothing is contacted yet.

    Raises:
        SettingsError, KeyFileError: with one line that names what is wrong and the fix.
    """
    sealer = Sealer.of(_key(settings.master_key, settings.instance_dir / "master.key", "PORTAL_MASTER_KEY"))
    metrics = Metrics()
    traces = traces or traces_of(settings)
    redis, cache = shared_of(settings, metrics, traces)
    engine = make_engine(settings.database_url, pool_size=settings.threads + 1)
    metrics.watch(engine)
    traces.watch(engine)
    ports = Ports(
        settings=settings,
        clock=clock or SystemClock(),
        passwords=_passwords(settings, sealer, metrics),
        sealer=sealer,
        signers=signers_of(settings, sealer),
        personal_keys=PersonalKeys(sealer),
        cache=cache,
        limiter=Limiter(redis, processes=settings.workers, is_on=settings.throttles),
        fetcher=fetcher_of(settings),
        letters=Letters(sealer, portal_name=settings.name, base_url=settings.base_url),
        metrics=metrics,
        traces=traces,
    )
    wake_worker, wake_sealer = Signal(), Signal()
    events = wire(EventBus())
    events.after(Event, lambda _ports, _event: wake_sealer.set())
    clients, issuer = ClientSnapshots(sessions_for_questions(engine)), _issuer(engine, ports)
    return Portal(
        settings=settings,
        engine=engine,
        ports=ports,
        events=keep_copies_true(events, clients, issuer.keys),
        mailer=mailer or mailer_of(settings),
        redis=redis,
        clients=clients,
        client_keys=ClientKeys(ports.fetcher),
        client_authorities=authorities_of(settings),
        issuer=issuer,
        schema_revision=newest_revision(),
        queue=queue or EmbeddedQueue(wake_worker),
        wake_worker=wake_worker,
        wake_sealer=wake_sealer,
    )


def wire(events: EventBus) -> EventBus:
    """Everything that follows from an event anywhere in the house, in one place."""
    events.inside(Event, record)
    events.inside(AccessChanged, raise_epoch)
    events.inside(UserCreated, give_default_role)
    events.inside(UserDisabled, keep_an_administrator)
    events.outbox(ChainBroken, alarm_readers)
    events.inside(PasswordReplaced, forgive_failures)
    events.inside(SessionEnded, end_families_of_session)
    events.outbox(SessionEnded, tell_apps_of_session)
    for end_of_an_epoch in (PasswordChanged, PasswordReplaced, UserDisabled, AdministratorRecovered):
        events.outbox(end_of_an_epoch, tell_apps_of_person)
    events.after(AccessRequestChanged, forget_waiting_counts)
    events.after(SignedIn, count_sign_in)
    events.after(SignInFailed, count_refusal)
    events.after(LockedOut, count_lockout)
    return events


def keep_copies_true(events: EventBus, clients: ClientSnapshots, keys: KeyRing) -> EventBus:
    """What this process keeps of clients and keys follows a change here at once; other processes look by themselves."""
    for change in CHANGES_OF_A_CLIENT:
        events.after(change, lambda _ports, event: clients.forget(event.touched[0].id))
    events.after(SigningKeysChanged, lambda _ports, _event: keys.reload())
    return events


def secret_key(settings: Settings) -> bytes:
    """The key of the cookies that hold no identity (CSRF seed, flash messages)."""
    return _key(settings.secret_key, settings.instance_dir / "secret.key", "PORTAL_SECRET_KEY")


def _key(given: str | None, file: Path, variable: str) -> bytes:
    if given is None:
        return load_or_create(file)
    key = decode_key(given)
    if key is None:
        raise SettingsError(f"{variable}: give 32 random bytes, for instance from: openssl rand -base64 32")
    return key


def _issuer(engine: Engine, ports: Ports) -> Issuer:
    return Issuer(
        KeyRing(sessions_for_questions(engine), ports.signers),
        issuer=ports.settings.base_url,
        access_token_seconds=ports.settings.access_token_seconds,
        subjects=Subjects.of_sealer(ports.sealer),
    )


def _passwords(settings: Settings, sealer: Sealer, metrics: Metrics) -> Passwords:
    """As many hashes at once, over all processes, as there are cores. Each thread of a process may wait for one: with
    the default settings that is 100 ms at most, also for whoever comes next and wants no hash.
    """
    return Passwords(
        peppers={key_id: sealer.derive("password pepper", key_id=key_id) for key_id in sealer.key_ids},
        active_pepper=sealer.active_key_id,
        pool_size=max(1, (os.cpu_count() or 1) // settings.workers),
        queue_size=settings.threads,
        on_change=metrics.hashes_in_flight,
        memory_kib=settings.password_memory_kib,
        time_cost=settings.password_time_cost,
    )
