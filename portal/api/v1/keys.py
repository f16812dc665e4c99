"""Signing keys: what signs, what comes next, and the ways to step in."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import Created, Listing, Nothing, OneQuery, View, Wish
from portal.grants.errors import SigningKeyNotFound
from portal.grants.repository.signing_keys import SigningKey, SigningKeys, algorithm_of
from portal.grants.schemas import ImportKey, RevokeKey
from portal.grants.services.signing_keys import spare_key
from portal.grants.usecases.key_import import import_signing_key, read_key
from portal.grants.usecases.keys import revoke_signing_key, rotate_signing_key
from portal.http.context import current_portal, reading
from portal.infra.crypto.jose import Algorithm

keys: Final = Room("Signing keys", "What the portal signs tokens with. Private halves never leave it.")
RESOURCE: Final = "signing_key"


class KeyView(View):
    """A key of the issuer."""

    id: UUID
    kid: str
    algorithm: str
    state: str
    public_jwk: dict[str, Any]
    signer: str
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: SigningKey) -> "KeyView":
        return cls(**{name: getattr(key, name) for name in cls.model_fields})


class RotateKeys(Wish):
    """Which of the portal's keys."""

    algorithm: Algorithm


@keys.get(
    "/keys", scope="keys:read", permission=("read", RESOURCE), query=OneQuery, returns=KeyView, is_list=True
)
def list_keys(call: Call[OneQuery, None]) -> Listing[KeyView]:
    """All keys that there are, revoked ones too; there are never many."""
    return Listing(items=[KeyView.of(key) for key in SigningKeys(call.session).all()])


@keys.get("/keys/<uuid:key_id>", scope="keys:read", permission=("read", RESOURCE), returns=KeyView)
def show_key(call: Call[OneQuery, None], key_id: UUID) -> KeyView:
    """One key."""
    return KeyView.of(_found(SigningKeys(call.session).get(key_id)))


@keys.post(
    "/keys/rotate", scope="keys:write", permission=("update", RESOURCE), body=RotateKeys, returns=KeyView, status=200,
    opens_itself=True,
)  # fmt: skip
def rotate_keys(call: Call[Nothing, RotateKeys]) -> KeyView:
    """Let the next key sign from now on, before its time; the answer is that key."""
    fresh = current_portal().ports.signers.make(call.body.algorithm)
    with call.opened() as uow:
        return KeyView.of(rotate_signing_key(uow, fresh).key)


@keys.post(
    "/keys/<uuid:key_id>/revoke", scope="keys:write", permission=("delete", RESOURCE), body=RevokeKey, returns=KeyView,
    status=200, opens_itself=True,
)  # fmt: skip
def revoke_key(call: Call[Nothing, RevokeKey], key_id: UUID) -> KeyView:
    """Take a key back at once: nothing that it signed counts any more."""
    with reading() as session:
        key = _found(SigningKeys(session).get(key_id))
    is_needed = key.state in {"active", "next"}
    spare = spare_key(current_portal().ports.signers, algorithm_of(key)) if is_needed else None
    with call.opened() as uow:
        return KeyView.of(revoke_signing_key(uow, key.kid, reason=call.body.reason, replacement=spare).key)


@keys.post("/keys", scope="keys:write", permission=("create", RESOURCE), body=ImportKey, returns=KeyView)
def import_key(call: Call[Nothing, ImportKey]) -> Created[KeyView]:
    """Bring a key that was made elsewhere, to sign next, or to verify what it signed there."""
    row = import_signing_key(call.uow, read_key(call.body), state=call.body.state)
    return Created(KeyView.of(row), path=f"/keys/{row.id}")


def _found(key: SigningKey | None) -> SigningKey:
    if key is None:
        raise SigningKeyNotFound
    return key
