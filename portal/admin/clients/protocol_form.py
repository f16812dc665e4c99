"""The form over the settings of the protocol: all of them at once, of which a page shows one group."""

import json
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField

from portal.admin.clients import switch_words as say
from portal.clients.repository import Client
from portal.clients.rules import preset_of
from portal.clients.rules.flows import RESPONSE_TYPES
from portal.clients.rules.profiles import GROUPS
from portal.clients.rules.switches import CONTENT_ENCRYPTION, KEY_ENCRYPTION, SIGNING_ALGORITHMS
from portal.clients.schemas import EditProtocol
from portal.clients.services import kind_of
from portal.http.forms import SchemaForm


def _text(name: str) -> StringField:
    return StringField(say.label_of(name))


def _lines(name: str) -> TextAreaField:
    return TextAreaField(say.label_of(name))


def _switch(name: str) -> BooleanField:
    return BooleanField(say.label_of(name))


def _one_of(name: str, values: tuple[str, ...]) -> SelectField:
    """A choice that may also be left open."""
    choices = {"": "No choice"} | {value: value for value in values}
    return SelectField(say.label_of(name), choices=choices, validate_choice=False)


def _either(name: str, choices: dict[str, str]) -> RadioField:
    return RadioField(say.label_of(name), choices=choices, validate_choice=False)


class ProtocolForm(SchemaForm[EditProtocol]):
    """Under the names of the registries, which are those of the schema."""

    schema = EditProtocol

    grant_types = SelectMultipleField(
        say.label_of("grant_types"), choices=say.GRANT_TYPES, validate_choice=False
    )
    response_types = SelectMultipleField(
        say.label_of("response_types"), choices={one: one for one in RESPONSE_TYPES}, validate_choice=False
    )
    require_pkce = _switch("require_pkce")
    require_pushed_authorization_requests = _switch("require_pushed_authorization_requests")
    require_signed_request_object = _switch("require_signed_request_object")
    request_object_signing_alg = _one_of("request_object_signing_alg", SIGNING_ALGORITHMS)
    request_uris = _lines("request_uris")
    default_max_age = _text("default_max_age")
    require_auth_time = _switch("require_auth_time")
    default_acr_values = _text("default_acr_values")
    authorization_details_types = _lines("authorization_details_types")
    initiate_login_uri = _text("initiate_login_uri")

    token_endpoint_auth_method = RadioField(say.label_of("token_endpoint_auth_method"), choices=say.METHODS)
    jwks = _lines("jwks")
    jwks_uri = _text("jwks_uri")
    token_endpoint_auth_signing_alg = _one_of("token_endpoint_auth_signing_alg", SIGNING_ALGORITHMS)
    assertion_audience = _either("assertion_audience", say.AUDIENCES)
    tls_client_auth_subject_dn = _text("tls_client_auth_subject_dn")
    tls_client_auth_san_dns = _text("tls_client_auth_san_dns")
    dpop_bound_access_tokens = _switch("dpop_bound_access_tokens")
    tls_client_certificate_bound_access_tokens = _switch("tls_client_certificate_bound_access_tokens")

    id_token_signed_response_alg = _either(
        "id_token_signed_response_alg", {one: one for one in SIGNING_ALGORITHMS}
    )
    access_token_format = _either("access_token_format", say.FORMATS)
    resources = _lines("resources")
    subject_type = _either("subject_type", say.SUBJECTS)
    sector_identifier_uri = _text("sector_identifier_uri")
    authorization_signed_response_alg = _one_of("authorization_signed_response_alg", SIGNING_ALGORITHMS)
    userinfo_signed_response_alg = _one_of("userinfo_signed_response_alg", SIGNING_ALGORITHMS)
    introspection_signed_response_alg = _one_of("introspection_signed_response_alg", SIGNING_ALGORITHMS)
    id_token_encrypted_response_alg = _one_of("id_token_encrypted_response_alg", KEY_ENCRYPTION)
    id_token_encrypted_response_enc = _one_of("id_token_encrypted_response_enc", CONTENT_ENCRYPTION)
    userinfo_encrypted_response_alg = _one_of("userinfo_encrypted_response_alg", KEY_ENCRYPTION)
    userinfo_encrypted_response_enc = _one_of("userinfo_encrypted_response_enc", CONTENT_ENCRYPTION)
    token_exchange = _either("token_exchange", say.EXCHANGE)
    exchange_subjects = _lines("exchange_subjects")
    may_act = _text("may_act")
    protected_resources = _lines("protected_resources")

    access_token_seconds = _text("access_token_seconds")
    refresh_idle_seconds = _text("refresh_idle_seconds")
    refresh_family_seconds = _text("refresh_family_seconds")
    refresh_rotation = _switch("refresh_rotation")
    refresh_grace_seconds = _text("refresh_grace_seconds")

    backchannel_logout_uri = _text("backchannel_logout_uri")
    backchannel_logout_session_required = _switch("backchannel_logout_session_required")
    frontchannel_logout_uri = _text("frontchannel_logout_uri")
    frontchannel_logout_session_required = _switch("frontchannel_logout_session_required")

    contacts = _lines("contacts")
    software_id = _text("software_id")
    software_version = _text("software_version")

    def fit(self, client: Client, group: str) -> None:
        """Leave only the fields of one group, and of its choices those that the kind of the app allows."""
        for name in [name for names in GROUPS.values() for name in names if name not in GROUPS[group]]:
            del self[name]
        if group == "proof":
            methods = preset_of(kind_of(client)).auth_methods
            self.token_endpoint_auth_method.choices = {one: say.METHODS[one] for one in methods}


def as_form(values: dict[str, Any]) -> dict[str, Any]:
    """The same as a form shows it: lists by line, keys as JSON."""
    shown = {
        name: "\n".join(value) if isinstance(value, list | tuple) else value for name, value in values.items()
    }
    return shown | {
        "grant_types": list(values["grant_types"]),
        "response_types": list(values["response_types"]),
        "default_acr_values": " ".join(values["default_acr_values"]),
        "jwks": json.dumps(values["jwks"], indent=2) if values["jwks"] else "",
    }
