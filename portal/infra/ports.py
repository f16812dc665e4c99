"""What use cases may reach besides the database: one frozen bundle, made by `bootstrap`, carried by the
unit of work.
"""

from dataclasses import dataclass

from portal.infra.cache import Cache
from portal.infra.clock import Clock
from portal.infra.crypto.passwords import Passwords
from portal.infra.crypto.personal import PersonalKeys
from portal.infra.crypto.sealing import Sealer
from portal.infra.crypto.signers import Signers
from portal.infra.fetch import Fetcher
from portal.infra.letters import Letters
from portal.infra.metrics import Metrics
from portal.infra.rate_limit import Limiter
from portal.infra.settings import Settings
from portal.infra.tracing import Traces


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Each port is real in tests too, only cheaper (a fast argon2, a memory cache)."""

    settings: Settings
    clock: Clock
    passwords: Passwords
    sealer: Sealer
    signers: Signers
    personal_keys: PersonalKeys
    cache: Cache
    limiter: Limiter
    fetcher: Fetcher
    letters: Letters
    metrics: Metrics
    traces: Traces
