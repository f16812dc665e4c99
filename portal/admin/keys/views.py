"""The timeline of signing keys, and its three ways to step in; each asks first and says what will happen."""

from typing import Final
from uuid import UUID

from flask import Response, flash, request, url_for
from wtforms import RadioField, SelectField, StringField, TextAreaField

from portal.admin.console import now, page
from portal.admin.keys.blueprint import RESOURCE, keys
from portal.admin.keys.timeline import station, timeline
from portal.admin.mistakes import MISTAKES
from portal.grants.errors import SigningKeyBusy, SigningKeyNotFound
from portal.grants.repository.signing_keys import SigningKey, SigningKeys, algorithm_of
from portal.grants.schemas import ImportKey, RevokeKey
from portal.grants.services.key_words import freshness_told, revocation_told, rotation_told
from portal.grants.services.signing_keys import life_of_keys, spare_key
from portal.grants.usecases.key_import import import_signing_key, read_key
from portal.grants.usecases.keys import revoke_signing_key, rotate_signing_key
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.crypto.jose import ALGORITHMS, Algorithm

CHOICES: Final[dict[str, str]] = {
    "": "What the key says, or the usual one of its kind",
    **dict(zip(ALGORITHMS, ALGORITHMS, strict=True)),
}


class ImportForm(SchemaForm[ImportKey]):
    """A private key on its way in. The page never says it again, not even after a mistake."""

    schema = ImportKey

    key = TextAreaField("Private key")
    state = RadioField(
        "What it does here",
        choices={"next": "Sign next", "retired": "Verify only"},
        default="next",
        validate_choice=False,
    )
    algorithm = SelectField(
        "Algorithm",
        choices=CHOICES,
        validate_choice=False,
    )
    kid = StringField("Key ID")


class RevocationForm(SchemaForm[RevokeKey]):
    """Why, for the audit log."""

    schema = RevokeKey

    reason = StringField("Reason")


@keys.get("/admin/keys")
@requires("read", RESOURCE)
def listing() -> Response:
    """Every key that there is, with what happens to it next."""
    portal = current_portal()
    with reading() as session:
        lines = timeline(session, portal)
    return page(
        "admin/keys/listing.html",
        lines=lines,
        rotation_days=portal.settings.key_rotation_days,
        is_outside=portal.ports.signers.outside is not None,
    )


@keys.route("/admin/keys/rotate/<any(RS256, PS256, ES256, EdDSA):algorithm>", methods=["GET", "POST"])
@requires("update", RESOURCE)
def rotate(algorithm: Algorithm) -> Response:
    """The next key signs from now on, before its time."""
    if request.method == "POST":
        fresh = current_portal().ports.signers.make(algorithm)
        with unit_of_work() as uow:
            rotated = rotate_signing_key(uow, fresh)
        flash(f"The next {algorithm} key signs now")
        if rotated.is_fresh:
            flash(freshness_told(rotated.key))
        return see_other(url_for("admin_keys.listing"))
    with reading() as session:
        told = rotation_told(session, algorithm, at=now())
        has_next = SigningKeys(session).in_state(algorithm, "next") is not None
    return page("admin/keys/rotate.html", algorithm=algorithm, told=told, has_next=has_next)


@keys.route("/admin/keys/<uuid:key_id>/revoke", methods=["GET", "POST"])
@requires("delete", RESOURCE)
def revoke(key_id: UUID) -> Response:
    """Nothing that the key signed counts from then on, here at once and in other processes within seconds."""
    form, portal = RevocationForm(), current_portal()
    with reading() as session:
        key = _living(SigningKeys(session).get(key_id))
        told = revocation_told(session, key, settings=portal.settings, at=now())
        shown = station(session, key, life=life_of_keys(portal.settings))
    wish = form.parse()
    if wish is not None:
        is_needed = key.state in {"active", "next"}
        spare = spare_key(portal.ports.signers, algorithm_of(key)) if is_needed else None
        with unit_of_work() as uow:
            revoked = revoke_signing_key(uow, key.kid, reason=wish.reason, replacement=spare)
        flash(f"The key {key.kid[:12]} is revoked")
        if revoked.successor is not None and revoked.successor.is_fresh:
            flash(freshness_told(revoked.successor.key))
        return see_other(url_for("admin_keys.listing"))
    return page("admin/keys/revoke.html", status=form.status, form=form, shown=shown, told=told)


@keys.route("/admin/keys/import", methods=["GET", "POST"])
@requires("create", RESOURCE)
def bring() -> Response:
    """A key that was made elsewhere: to sign next, or to verify what it signed there."""
    form = ImportForm()
    wish = form.parse()
    if wish is not None:
        try:
            brought = read_key(wish)
            with unit_of_work() as uow:
                row = import_signing_key(uow, brought, state=wish.state)
        except MISTAKES as problem:
            form.reject(problem)
        else:
            flash(f"The {row.algorithm} key {row.kid[:12]} is published")
            return see_other(url_for("admin_keys.listing"))
    was_given = bool(form.key.data)
    form.key.data = ""
    return page(
        "admin/keys/import.html",
        status=form.status,
        form=form,
        must_paste_again=was_given and form.status != 200,
    )


def _living(key: SigningKey | None) -> SigningKey:
    """A key that can still be revoked.

    Raises:
        SigningKeyNotFound, SigningKeyBusy
    """
    if key is None:
        raise SigningKeyNotFound
    if key.state == "revoked":
        raise SigningKeyBusy
    return key
