"""What an app is set to, held against the rules of the protocol."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

from portal.clients.models import Client
from portal.clients.rules.protocol import Protocol, protocol_problems
from portal.clients.rules.switches import Switches
from portal.clients.services.apps import kind_of
from portal.infra.errors import FieldProblem, Invalid
from portal.infra.unit_of_work import UnitOfWork

COLUMNS: Final = (
    "grant_types", "response_types", "require_pkce", "token_endpoint_auth_method", "jwks", "jwks_uri",
    "id_token_signed_response_alg",
)  # fmt: skip
"""Settings that have a column of their own; all others are switches."""


def values_of(client: Client) -> dict[str, Any]:
    """What the app is set to now, under the names of `EditProtocol`."""
    switches = Switches.of(client.switches)
    return {name: getattr(client, name) for name in COLUMNS} | {
        field.name: getattr(switches, field.name) for field in fields(switches)
    }


def problems_of(uow: UnitOfWork, client: Client) -> frozenset[FieldProblem]:
    """Everything in an app's settings that contradicts something."""
    settings = uow.ports.settings
    app = Protocol(
        kind=kind_of(client),
        token_endpoint_auth_method=client.token_endpoint_auth_method,
        grant_types=client.grant_types,
        response_types=client.response_types,
        redirect_uris=client.redirect_uris,
        id_token_signed_response_alg=client.id_token_signed_response_alg,
        require_pkce=client.require_pkce,
        jwks=client.jwks,
        jwks_uri=client.jwks_uri,
        switches=Switches.of(client.switches),
    )
    found = protocol_problems(app, loopback=settings.fetchable_loopback, implicit=settings.implicit_flow)
    return frozenset(found)


def refuse_new_problems(
    uow: UnitOfWork, client: Client, *, known: Iterable[FieldProblem] = frozenset()
) -> None:
    """Whether an app may be set to what it is set to now. What was wrong with it before (`known`), because a setting of
    the portal has changed since, does not keep anybody from changing something else.

    Raises:
        Invalid: with everything that can't stand, each at its field.
    """
    found = sorted(problems_of(uow, client) - frozenset(known), key=lambda problem: problem.field)
    if found:
        raise Invalid(
            "Some of these settings can't stand together.", code="protocol_invalid", fields=tuple(found)
        )
