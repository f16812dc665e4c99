"""The portal, the actor and the units of work of the request at hand."""

from typing import cast

from flask import g, request
from flask.globals import app_ctx
from flask_login import current_user
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from portal.bootstrap import Portal
from portal.infra.actor import Actor
from portal.infra.unit_of_work import UnitOfWork

EXTENSION = "portal"


def current_portal() -> Portal:
    """The portal that this application serves."""
    return cast(Portal, app_ctx.app.extensions[EXTENSION])


def request_id() -> str:
    """`req_…`, made by `observe` before anything else; the same in the answer's header, logs, audit and error pages."""
    return cast(str, g.get("request_id", ""))


def client_ip() -> str | None:
    """The visitor's address; proxies speak for the visitor only as far as `PORTAL_TRUSTED_PROXY_HOPS` says."""
    return request.remote_addr


def plain_user_agent() -> str | None:
    """What the visitor's program calls itself, as far as it can be shown."""
    # PostgreSQL keeps no NUL, and no list is to be turned around by an invisible sign
    return "".join(sign for sign in request.user_agent.string[:200] if sign.isprintable()) or None


def current_actor() -> Actor:
    """Who acts in this request, for the unit of work and so for the audit log."""
    agent = plain_user_agent()
    if current_user and current_user.is_authenticated:
        return Actor(
            kind="user",
            id=current_user.user_id,
            label=current_user.username,
            session_id=current_user.session_id,
            ip=client_ip(),
            user_agent=agent,
            request_id=request_id(),
        )
    return Actor(kind="anonymous", label="Visitor", ip=client_ip(), user_agent=agent, request_id=request_id())


def unit_of_work(actor: Actor | None = None) -> UnitOfWork:
    """The transaction of this request's act; use it in a `with` block."""
    return current_portal().unit_of_work(actor or current_actor())


def reading() -> Session:
    """A session for questions only; use it in a `with` block."""
    return current_portal().reading()


def asking() -> Connection:
    """The same for plain statements, at half the price; use it in a `with` block."""
    return current_portal().asking()
