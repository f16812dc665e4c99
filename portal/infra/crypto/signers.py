"""Who holds the private halves of the issuer's keys: this portal's database, or a signer outside that never gives them
away. Nothing else in the house sees one.
"""

from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from portal.infra.crypto.jose import Algorithm, Key, NewKey, Pen, load_private_key, new_key, pen_of
from portal.infra.crypto.sealing import Sealer
from portal.infra.errors import Unavailable

log = structlog.get_logger(__name__)

DATABASE: Final = "database"


class SignerUnavailable(Unavailable):
    """Whoever holds the key does not sign now. Nothing was issued, and the same request may come again."""

    code = "signer_unavailable"

    def __init__(self) -> None:
        super().__init__("The portal can't sign anything at the moment.", retry_after_seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """One of our keys, and where its private half is."""

    kid: str
    algorithm: Algorithm
    public: Key = field(repr=False)
    signer: str
    sealed: str = field(repr=False)
    context: str
    """What the seal is bound to."""
    signer_ref: str | None


class Signer(Protocol):
    """Makes keys and signs with them."""

    @property
    def name(self) -> str:
        """By which the rows of its keys name it."""

    def make(self, algorithm: Algorithm) -> NewKey:
        """A new key pair. It takes a while: never inside a transaction.

        Raises:
            SignerUnavailable
        """

    def pen(self, key: HeldKey) -> Pen:
        """What signs with the key from now on; whoever has it keeps it, for getting one may be dear.

        Raises:
            SignerUnavailable: also whenever the pen is used.
        """

    def close(self) -> None:
        """Let go of what is open."""


class DatabaseSigner:
    """The usual one: private halves lie sealed in their rows, and are parsed once in each process that signs."""

    name = DATABASE

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def make(self, algorithm: Algorithm) -> NewKey:
        return new_key(algorithm)

    def pen(self, key: HeldKey) -> Pen:
        """Raises SealBroken where the row was tampered with."""
        private = load_private_key(self._sealer.open(key.sealed, key.context), kid=key.kid)
        return pen_of(private, key.algorithm)

    def close(self) -> None:
        """There is nothing open."""


class Signers:
    """All there are. New keys are made by the one outside where there is one; keys that are in the database go on
    signing until they are rotated out.
    """

    def __init__(self, database: DatabaseSigner, outside: Signer | None = None) -> None:
        self._by_name: dict[str, Signer] = {database.name: database}
        if outside is not None:
            self._by_name[outside.name] = outside
        self.outside = outside
        self._maker: Signer = outside or database

    def make(self, algorithm: Algorithm) -> NewKey:
        return self._maker.make(algorithm)

    def pen(self, key: HeldKey) -> Pen:
        """What signs with the key.

        Raises:
            SignerUnavailable: its signer is not there, or not set up any more.
        """
        signer = self._by_name.get(key.signer)
        if signer is None:
            log.error("signer_unknown", signer=key.signer, kid=key.kid)
            raise SignerUnavailable
        return signer.pen(key)

    def close(self) -> None:
        """Let go of what is open, at the end of a process."""
        for signer in self._by_name.values():
            signer.close()
