"""What a rehearsed sign-in shows: plain values, for everything that they came from is undone; and tokens on paper."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.holdings import holdings_of
from portal.grants.rules.claims import access_claims_of, claims_about, names_of
from portal.grants.rules.scopes import OPENID
from portal.grants.services.issued import Issued
from portal.grants.services.key_ring import KeyRing
from portal.grants.services.tokens import Issuer
from portal.infra.crypto.jose import Algorithm, Claims

PLACEHOLDER: Final = "a hash of what comes beside it"
UNSIGNED: Final = "unsigned"
HASHES: Final = ("at_hash", "c_hash", "s_hash")

Tone = Literal["success", "warning", "danger", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step on the way: what happened, by which rule, and why."""

    title: str
    said: str
    tone: Tone = "success"
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A token that was not issued: what it would say."""

    title: str
    note: str
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A whole sign-in, of which nothing is left but this."""

    stages: tuple[Stage, ...]
    papers: tuple[Paper, ...] = ()
    consent: tuple[tuple[str, str], ...] = ()
    """What the person would be asked for: scopes and claims, and whether each was allowed before."""

    @property
    def is_complete(self) -> bool:
        """Whether the app would have got what it asked for."""
        return bool(self.papers)


class PaperKeys(KeyRing):
    """Takes down what is to be signed, and has no key to sign it with."""

    def __init__(self) -> None:
        self.taken: list[Claims] = []

    def sign(self, claims: Claims, *, algorithm: Algorithm, typ: str) -> str:  # noqa: ARG002 - as those that sign
        self.taken.append(claims)
        return f"unsigned.{len(self.taken)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where tokens are written on paper, by the code that writes the real ones."""

    issuer: Issuer
    keys: PaperKeys = field(default_factory=PaperKeys, repr=False)

    @classmethod
    def beside(cls, issuer: Issuer) -> "Desk":
        """The same issuer in everything but its keys."""
        keys, paper = PaperKeys(), copy(issuer)
        paper.keys = keys
        return cls(issuer=paper, keys=keys)

    def papers(
        self,
        session: Session,
        issued: Issued,
        *,
        client: ClientSnapshot,
        user: User,
        userinfo: tuple[str, ...],
        at: datetime,
    ) -> tuple[Paper, ...]:
        """ID token, userinfo and access token, as the app would get them for the whole scope."""
        access = self.issuer.person_claims(issued, client=client, scope=issued.scope, at=at)
        form = (
            "Opaque: only introspection tells these"
            if client.switches.access_token_format == "opaque"  # noqa: S105
            else "JWT"
        )
        bound = " Bound to the key that the app proves." if _is_bound(client) else ""
        papers = [Paper(title="Access token", note=f"{form}.{bound}", claims=access)]
        if OPENID in issued.scope.split():
            told = self._userinfo(session, issued, client=client, user=user, further=userinfo, at=at)
            papers = [self._id_token(issued, client=client, user=user, at=at), told, *papers]
        return tuple(papers)

    def _id_token(self, issued: Issued, *, client: ClientSnapshot, user: User, at: datetime) -> Paper:
        names = issued.id_token_claims
        asked = claims_about(user, names, held=issued.held.for_token(names)) if names else {}
        further = issued.access_claims(client, issued.scope) | asked
        self.issuer.id_token(issued, client=client, access_token=UNSIGNED, further=further, at=at)
        claims = {
            name: PLACEHOLDER if name in HASHES else value for name, value in self.keys.taken[-1].items()
        }
        encryption = client.switches.id_token_encrypted_response_alg
        sealed = f", encrypted by {encryption}" if encryption else ""
        note = f"Signed with {client.id_token_signed_response_alg}{sealed}."
        return Paper(title="ID token", note=note, claims=claims)

    def _userinfo(
        self,
        session: Session,
        issued: Issued,
        *,
        client: ClientSnapshot,
        user: User,
        further: tuple[str, ...],
        at: datetime,
    ) -> Paper:
        scopes = issued.scope.split()
        names = names_of(scopes, further=further)
        asked = access_claims_of(scopes, further=further)
        held = holdings_of(session, user.id, client.id, claims=asked, at=at)
        claims = {
            "sub": self.issuer.subject_of(client, user.id),
            **claims_about(user, names, held=held.claims(asked)),
        }
        algorithm = client.switches.userinfo_signed_response_alg
        note = (
            f"A JWT signed with {algorithm}." if algorithm else "JSON, always as things are at that moment."
        )
        return Paper(title="Userinfo", note=note, claims=claims)


def _is_bound(client: ClientSnapshot) -> bool:
    switches = client.switches
    return switches.dpop_bound_access_tokens or switches.tls_client_certificate_bound_access_tokens
