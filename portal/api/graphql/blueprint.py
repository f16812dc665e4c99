"""The address of GraphQL. What answers there is loaded with the first question."""

from typing import Final

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from portal.api.graphql.answers import domain_refused, fault_refused, http_refused
from portal.http.security import csrf
from portal.infra.errors import DomainError

graphql: Final[Blueprint] = csrf.exempt(Blueprint("graphql", __name__))
"""No cookie counts here, and no form is taken, so there is nothing that another site could make a browser do."""

graphql.register_error_handler(DomainError, domain_refused)
graphql.register_error_handler(HTTPException, http_refused)
# the whole application answers this one in a way of its own, and what names an error comes before what names all
graphql.register_error_handler(MethodNotAllowed, http_refused)
graphql.register_error_handler(SQLAlchemyError, fault_refused)
graphql.register_error_handler(Exception, fault_refused)


@graphql.route("/graphql", methods=["GET", "POST"], provide_automatic_options=False)
def endpoint() -> Response:
    """POST alone is answered; GET gets a 405 in the shape of GraphQL."""
    from portal.api.graphql.view import respond  # noqa: PLC0415 - ten megabytes that most portals never need

    return respond()
