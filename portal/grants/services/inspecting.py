"""A pasted token taken apart: what it is, who signed it, what it says, and whether anything behind it still stands."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.clients.keys import ClientKeys
from portal.clients.snapshots import ClientSnapshot, ClientSnapshots
from portal.grants.repository.codes import Codes
from portal.grants.repository.holdings import holdings_of
from portal.grants.repository.lineages import Lineages
from portal.grants.repository.opaque_tokens import OpaqueTokens
from portal.grants.repository.personal_tokens import PersonalTokens
from portal.grants.repository.signing_keys import SigningKeys
from portal.grants.repository.tokens import AccessTokens, RefreshTokens
from portal.grants.rules.claims import ACCESS_CLAIMS
from portal.grants.rules.token_forms import BY_APPS, bare, form_of
from portal.grants.services.inspected import Inspected, moment_of
from portal.grants.services.inspected_facts import as_claims, confirmation_of, since, thumbprint_of, uuid_of
from portal.grants.services.tokens import FAMILY, ID_TOKEN_FAMILY, Issuer
from portal.infra.crypto.digests import TokenKind
from portal.infra.crypto.jose import ALGORITHMS, TokenRefused


@dataclass(frozen=True, slots=True)
class Inspector:
    """What it takes to tell."""

    session: Session
    issuer: Issuer
    clients: ClientSnapshots
    client_keys: ClientKeys

    def inspect(self, text: str, *, at: datetime) -> Inspected:
        """Total over any text."""
        token = bare(text)
        form = form_of(token, issuer=self.issuer.issuer)
        digest = hashlib.sha256(token.encode()).hexdigest()[:16] if form.is_a_token else ""
        found = Inspected(
            form=form, digest=digest, claims=form.claims, confirmation=confirmation_of(form.claims)
        )
        if form.kind is not None:
            return self._stored(found, form.kind, token, at=at)
        if form.name in BY_APPS:
            return self._by_app(found, token)
        return self._signed(found, token, at=at) if form.is_signed else self._encrypted(found)

    def _signed(self, found: Inspected, token: str, *, at: datetime) -> Inspected:
        """By one of our keys, or not: what it says counts only then."""
        kid = str(found.form.header.get("kid", ""))[:100]
        row = SigningKeys(self.session).by_kid(kid) if kid else None
        try:
            claims = self.issuer.keys.verify(token, typ=str(found.form.header.get("typ", "")))
        except TokenRefused:
            if row is None:
                says = found.claims.get("iss")
                is_foreign = isinstance(says, str) and says != self.issuer.issuer
                end = "foreign" if is_foreign else "forged"
                return replace(found, is_ours=False, end=end, signature="By no key of this portal.")
            words = f"It names our key {kid}, which is {row.state}, and the signature is not by it."
            if row.state == "revoked":
                words = f"It names our key {kid}, which is revoked: nothing that it signed counts."
            return replace(found, is_ours=False, end="forged", signature=words)
        state = row.state if row is not None else "published"
        signature = f"By our key {kid} ({found.form.header.get('alg')}, {state})."
        found = replace(
            found, is_ours=True, signature=signature, claims=claims, confirmation=confirmation_of(claims)
        )
        if found.form.name == "Access token":
            return self._access(found, at=at)
        found = self._with_session(found)
        expires_at = moment_of(claims.get("exp"))
        is_over = expires_at is not None and at >= expires_at
        return replace(found, end="expired" if is_over else None, ended_at=expires_at if is_over else None)

    def _stored(self, found: Inspected, kind: TokenKind, token: str, *, at: datetime) -> Inspected:
        """Of those that say nothing by themselves: recognised by their digest."""
        match kind:
            case TokenKind.ACCESS_TOKEN:
                claims = OpaqueTokens(self.session).claims_of(token)
                if claims is None:
                    return replace(found, end="gone")
                found = replace(found, is_ours=True, claims=claims, confirmation=confirmation_of(claims))
                return self._access(found, at=at)
            case TokenKind.REFRESH_TOKEN:
                return self._refresh(found, token, at=at)
            case TokenKind.AUTHORIZATION_CODE:
                return self._code(found, token, at=at)
            case TokenKind.PERSONAL:
                return self._personal(found, token, at=at)
            case _:
                return found

    def _refresh(self, found: Inspected, token: str, *, at: datetime) -> Inspected:
        stored = RefreshTokens(self.session).find(token, at=at)
        if stored is None:
            return replace(found, end="gone")
        row, end = stored.row, stored.end_of(at=at)
        if end is None and row.rotated_at is not None:
            end = "used"
        found = replace(
            found,
            is_ours=True,
            claims=as_claims(stored.family.scope, row.created_at, row.expires_at),
            confirmation=stored.family.confirmation or {},
            end=end,
            ended_at=row.rotated_at if end == "used" else None,
        )
        return self._with_lineage(found, stored.family.id, expires_at=row.expires_at)

    def _code(self, found: Inspected, token: str, *, at: datetime) -> Inspected:
        stored = Codes(self.session).find(token, at=at)
        if stored is None:
            return replace(found, end="gone")
        row = stored.row
        end = "used" if row.redeemed_at is not None else stored.end_of(at=at)
        found = replace(
            found,
            is_ours=True,
            claims=as_claims(row.scope, row.created_at, row.expires_at),
            confirmation={"jkt": row.dpop_jkt} if row.dpop_jkt else {},
            end=end,
            ended_at=row.redeemed_at or (row.expires_at if end == "expired" else None),
        )
        family_id = Lineages(self.session).of_code(row.id)
        return self._with_lineage(found, family_id) if family_id is not None else found

    def _personal(self, found: Inspected, token: str, *, at: datetime) -> Inspected:
        standing = PersonalTokens(self.session).find(token)
        if standing is None:
            return replace(found, end="gone")
        row, end = standing.token, standing.end_of(at=at)
        moments = {"revoked": row.revoked_at, "expired": row.expires_at}
        return replace(
            found,
            is_ours=True,
            claims=as_claims(" ".join(row.scopes), row.created_at, row.expires_at),
            end=end,
            ended_at=moments.get(end or ""),
            personal=standing,
        )

    def _access(self, found: Inspected, *, at: datetime) -> Inspected:
        """A person's hangs on its family, an app's own on the app alone."""
        claims, jti = found.claims, str(found.claims.get("jti", ""))
        expires_at = moment_of(claims.get("exp"))
        given_back_at = Lineages(self.session).given_back_at(jti)
        if given_back_at is not None:
            found = replace(found, end="revoked", ended_at=given_back_at)
        elif expires_at is None or at >= expires_at:
            found = replace(found, end="expired", ended_at=expires_at)
        family_id = uuid_of(claims.get(FAMILY))
        if family_id is None:
            client = self.clients.find(str(claims.get("client_id")))
            return replace(found, client=client, end=found.end or self._end_of_own(claims, client))
        if found.end is None:
            found = replace(found, end=self._end_of(found, family_id, jti=jti, at=at))
        return self._with_lineage(found, family_id)

    def _end_of_own(self, claims: Mapping[str, Any], client: ClientSnapshot | None) -> str | None:
        """Of a token with which an app speaks for itself, and which nobody has given back."""
        if client is None or not client.is_active:
            return "client_disabled"
        issued_at, jti = moment_of(claims.get("iat")), str(claims.get("jti", ""))
        tokens = AccessTokens(self.session)
        is_live = issued_at is not None and tokens.of_client_is_live(client.id, jti=jti, issued_at=issued_at)
        return None if is_live else "client_was_disabled"

    def _end_of(self, found: Inspected, family_id: UUID, *, jti: str, at: datetime) -> str | None:
        """As the endpoints see it that are shown the token."""
        standing = AccessTokens(self.session).standing(family_id, jti=jti, at=at)
        if standing is None:
            return "gone"
        family, end = standing.family, standing.end_of(at=at)
        if family.revoked_at is not None:
            return "family_revoked"
        handed_in = [one for one in (standing.parent, standing.actor) if one is not None]
        if any(one.end_of(at=at) is not None for one in handed_in):
            return "before_ended"
        told = {name: found.claims[name] for name in ACCESS_CLAIMS if name in found.claims}
        if end is not None or not told:
            return end
        held = holdings_of(self.session, family.user_id, family.client_pk, claims=set(told), at=at)
        return None if held.bears_out(told) else "untrue"

    def _by_app(self, found: Inspected, token: str) -> Inspected:
        """Signed by an app, or by a key that it brings along."""
        if found.form.name == "DPoP proof":
            signature = "By the key in its header, whoever has that."
            return replace(
                found, signature=signature, confirmation=thumbprint_of(found.form.header.get("jwk"))
            )
        client = self.clients.find(str(found.claims.get("iss") or found.claims.get("client_id"))[:300])
        if client is None:
            return replace(found, signature="It names no app of this portal.")
        try:
            typ = found.form.header.get("typ")
            self.client_keys.verify(client, token, algorithms=ALGORITHMS, types=(typ,))
        except TokenRefused:
            signature = f"Not by a key of {client.client_name} that we know."
        else:
            signature = f"By a key of {client.client_name}."
        return replace(found, is_ours=False, client=client, signature=signature)

    def _encrypted(self, found: Inspected) -> Inspected:
        """Only its reader sees what is in it."""
        return (
            replace(found, signature="Whoever made it signed it inside.")
            if found.form.is_encrypted
            else found
        )

    def _with_session(self, found: Inspected) -> Inspected:
        """The family that it came with; where that is swept, the app that it is for and the session that it names."""
        family_id = uuid_of(found.claims.get(ID_TOKEN_FAMILY))
        if family_id and (traced := self._with_lineage(found, family_id)).lineage is not None:
            return traced
        audience, sid = found.claims.get("aud"), uuid_of(found.claims.get("sid"))
        client_id = audience[0] if isinstance(audience, list) and audience else audience
        return replace(
            found,
            client=self.clients.find(str(client_id)[:300]) if client_id else None,
            signed_in=Lineages(self.session).session_of(sid) if sid else None,
        )

    def _with_lineage(
        self, found: Inspected, family_id: UUID, *, expires_at: datetime | None = None
    ) -> Inspected:
        lineage = Lineages(self.session).of(family_id)
        moment = since(found.end, lineage, expires_at) if found.ended_at is None else found.ended_at
        return replace(found, lineage=lineage, family_id=family_id if lineage else None, ended_at=moment)
