"""Every setting of the portal, and what each may be."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from portal.infra.settings import addresses
from portal.infra.settings.protocol import ProtocolSettings
from portal.infra.settings.tracing import TracingSettings


class Settings(ProtocolSettings, TracingSettings):
    """Each field is the environment variable `PORTAL_<NAME>`, or the text of the file named by
    `PORTAL_<NAME>_FILE`.
    """

    port: Annotated[int, Field(ge=1, le=65535, validation_alias="PORT")] = 8000
    """Port to listen on (the variable is plain `PORT`)."""
    bind: Annotated[str, AfterValidator(addresses.listening)] = "127.0.0.1"
    """Address to listen on; `0.0.0.0` in a container behind a proxy."""
    base_url: Annotated[str, AfterValidator(addresses.issuer)] = ""
    """Public address of the portal, and the issuer in every token. Default: `http://localhost:<PORT>`."""
    name: Annotated[str, Field(min_length=1, max_length=60)] = "Portal"
    """What your organisation calls the portal; shown on every page and in every mail."""
    instance_dir: Path = Path("instance")
    """Folder for local state: the SQLite database and the generated keys."""
    database_url: Annotated[str, AfterValidator(addresses.database), Field(repr=False)] = ""
    """`sqlite:///path/to/file.db` or `postgresql://user:password@host/name`. Default: SQLite in the
    instance folder.
    """
    redis_url: Annotated[str | None, AfterValidator(addresses.redis), Field(repr=False)] = None
    """`redis://` or `rediss://` address. Without it, cache and throttles live in each process."""
    jobs: Literal["embedded", "celery"] = "embedded"
    """Who does what the outbox promises and looks after the portal in the background: a thread of the web processes, or
    Celery workers (`portal worker`, `portal beat`), which need `PORTAL_REDIS_URL`.
    """
    job_processes: Annotated[int, Field(ge=1, le=64)] = 2
    """Processes of one `portal worker`; each does one piece of work at a time."""
    worker_metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = None
    """Port, at the address of `PORTAL_BIND`, where `portal worker` tells Prometheus what its processes did. It asks for
    no token, so let nobody but Prometheus reach it. Without it only the web processes can be asked.
    """
    beat_lease_seconds: Annotated[int, Field(ge=2, le=300)] = 15
    """After so many seconds another `portal beat` takes over from one that was killed."""
    smtp_url: Annotated[str | None, AfterValidator(addresses.mail_server), Field(repr=False)] = None
    """`smtps://`, `smtp+starttls://` or, for loopback only, `smtp://` address of the mail server. Without
    it, mail is printed in the terminal and shown to administrators under Mail outbox.
    """
    mail_from: str = ""
    """Sender of every mail, as `Name <address>` or an address. Default: no-reply at the host of
    `PORTAL_BASE_URL`.
    """
    secret_key: Annotated[str | None, Field(min_length=32, repr=False)] = None
    """Signs the cookies that hold no identity. Default: `secret.key`, generated in the instance folder."""
    master_key: Annotated[str | None, Field(min_length=32, repr=False)] = None
    """Seals signing keys and queued mail in the database. Default: generated into `master.key` in the
    instance folder.
    """
    metrics_token: Annotated[str | None, Field(min_length=16, repr=False)] = None
    """Bearer token that may read `/metrics` from anywhere. Without it only this machine may."""
    trusted_proxy_hops: Annotated[int, Field(ge=0, le=5)] = 0
    """How many proxies in front may speak for the visitor by `X-Forwarded-*`. 0 ignores those headers."""
    sign_up: Literal["open", "closed"] = "open"
    """Who may create an account: anyone, or nobody."""
    api_sign_up: Literal["open", "verified", "closed"] = "open"
    """Who may create one by `register` of the APIs, which must tell a program that a username or an address is taken:
    anyone, with tokens at once (`open`) or once the address is proved (`verified`), or nobody. Closed with
    `PORTAL_SIGN_UP`.
    """
    graphql_introspection: Literal["nobody", "signed_in", "anybody"] = "signed_in"
    """Whom `/graphql` tells its schema: nobody, whoever sends a token that counts, or anybody."""
    password_min_length: Annotated[int, Field(ge=8, le=64)] = 15
    """Fewest characters in a password. 15 is what NIST SP 800-63B-4 asks while a password is the only
    factor.
    """
    password_memory_kib: Annotated[int, Field(ge=8)] = 19 * 1024
    """Memory of one argon2id hash, in KiB."""
    password_time_cost: Annotated[int, Field(ge=1, le=10)] = 2
    """Passes of one argon2id hash."""
    lockout_failures: Annotated[int, Field(ge=3, le=100)] = 10
    """Wrong passwords in a row after which an account waits, longer each time, from 30 seconds to an hour."""
    session_idle_minutes: Annotated[int, Field(ge=5, le=60 * 24 * 30)] = 60 * 24
    """Minutes without use after which a session ends."""
    session_lifetime_minutes: Annotated[int, Field(ge=5, le=60 * 24 * 30)] = 60 * 24 * 7
    """Minutes after which a session ends however much it was used."""
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    """Processes that serve requests."""
    threads: Annotated[int, Field(ge=1, le=64)] = 4
    """Threads in each process."""
    drain_seconds: Annotated[float, Field(ge=0, le=300)] = 5.0
    """So long after SIGTERM `portal serve` goes on while `/ready` says 503, so that whoever sends it requests learns to
    stop; then it finishes what it has begun.
    """
    audit_checkpoint_file: Path | None = None
    """File to which each signed checkpoint of the audit log is appended, one JSON object a line. Let it lie
    where nobody writes who can write the database: on a log server, on media that only takes more.
    """
    audit_checkpoint_mail: Annotated[str | None, AfterValidator(addresses.mailbox)] = None
    """Address that gets the first checkpoint of each hour by mail."""
    audit_checkpoint_webhook: Annotated[str | None, AfterValidator(addresses.webhook), Field(repr=False)] = (
        None
    )
    """`https://` address to which each checkpoint is posted as JSON."""
    audit_retention_days: Annotated[int | None, Field(ge=30, le=36500)] = None
    """Days after which sealed entries of the audit log are removed; a signed tombstone stays. Without it they stay for
    ever.
    """
    bulk_keep_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days after which jobs that changed many people at once are forgotten, with what came of each. The audit log has
    the changes for as long as it has anything.
    """
    audit_export_streamed: Annotated[int, Field(ge=0, le=1_000_000)] = 20_000
    """So many entries of the audit log are written into a file while it is sent. Files of more are written by a worker,
    and lie ready for a day.
    """
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Least severe level that is logged."""
    log_format: Literal["json", "pretty"] = "json"
    """`json`, one object a line, or `pretty` for a person at a terminal."""
    throttles: bool = True
    """Limit requests per address. Turn off only behind something that does it."""

    @field_validator("port", "bind", mode="before")
    @classmethod
    def _strip(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def _fill_defaults_that_depend_on_others(cls, given: dict[str, object]) -> dict[str, object]:
        data = dict(given)
        port = data.get("PORT") or data.get("port") or 8000
        data["base_url"] = data.get("base_url") or f"http://localhost:{port}"
        folder = Path(str(data.get("instance_dir") or "instance")).absolute()
        data["instance_dir"] = folder
        data["database_url"] = data.get("database_url") or f"sqlite:///{folder}/portal.db"
        host = _mail_domain(str(data["base_url"]))
        data["mail_from"] = data.get("mail_from") or f"{data.get('name') or 'Portal'} <no-reply@{host}>"
        return data

    @model_validator(mode="after")
    def _idle_fits_into_lifetime(self) -> Self:
        if self.session_idle_minutes > self.session_lifetime_minutes:
            raise ValueError("PORTAL_SESSION_IDLE_MINUTES must not be above PORTAL_SESSION_LIFETIME_MINUTES")
        return self

    @model_validator(mode="after")
    def _celery_has_a_broker(self) -> Self:
        if self.jobs == "celery" and self.redis_url is None:
            raise ValueError("PORTAL_JOBS=celery needs PORTAL_REDIS_URL")
        return self

    @model_validator(mode="after")
    def _somebody_may_pass_certificates_on(self) -> Self:
        if self.client_certificate_header is not None and not self.trusted_proxy_hops:
            raise ValueError("PORTAL_CLIENT_CERTIFICATE_HEADER needs PORTAL_TRUSTED_PROXY_HOPS")
        return self

    @property
    def is_https(self) -> bool:
        """Whether visitors come by TLS, so that cookies can be `Secure` and carry the `__Host-` prefix."""
        return self.base_url.startswith("https://")

    @property
    def fetchable_loopback(self) -> frozenset[str]:
        """Names of this machine that outgoing fetches may reach."""
        if not self.fetch_loopback:
            return frozenset()
        return addresses.LOOPBACK_HOSTS | {
            name.strip().lower() for name in self.loopback_hosts.split(",") if name.strip()
        }

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def _mail_domain(address: str) -> str:
    """The host of whatever was given, where mail can come from it; what is wrong with it is said at the setting."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return "localhost"
    return host if host and ":" not in host else "localhost"
