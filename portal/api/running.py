"""How every operation of the REST API runs: bind, open, act, answer."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from flask import Response, request
from pydantic import BaseModel

from portal.api.calls import Call, etag_of
from portal.api.cursors import cursor_for
from portal.api.effects import EffectView
from portal.api.inputs import checked, json_body, query_members
from portal.api.limits import count_call
from portal.api.operations import PREFIX, Operation
from portal.api.repeats import once
from portal.api.shapes import Created, Listing
from portal.http.bearer import Bearer, ScopeMissing, current_bearer
from portal.http.context import current_portal, reading
from portal.http.effects import radius_of
from portal.infra.errors import Invalid
from portal.infra.etags import EntityTag, Outcome, judge
from portal.infra.unit_of_work import UnitOfWork

JSON: Final = "application/json"


def view_of(operation: Operation) -> Callable[..., Response]:
    """The Flask view of an operation."""

    def view(**parts: Any) -> Response:  # noqa: ANN401 - the parts of the path, as its converters made them
        bearer = _admitted(operation, parts)
        count_call(operation, bearer)
        call = _bound(operation, bearer)
        return _answered(call, parts)

    view.__name__ = operation.name
    return view


def _admitted(operation: Operation, parts: Mapping[str, Any]) -> Bearer | None:
    """Who calls: the scope is the token's, the permission the person's, and both are needed."""
    if operation.scope is None:
        return None
    bearer = current_bearer()
    if operation.scope not in bearer.scopes:
        raise ScopeMissing(operation.scope)
    permission, concerns = operation.permission, operation.concerns
    if permission is None or bearer.may(*permission) or (concerns is not None and concerns(bearer, parts)):
        return bearer
    raise bearer.refused(*permission)


def _bound(operation: Operation, bearer: Bearer | None) -> Call[Any, Any]:
    query = checked(operation.query, query_members())
    _check_fields(operation, getattr(query, "fields", None))
    if operation.most_bytes is not None:
        request.max_content_length = operation.most_bytes
    given = json_body(is_merge=operation.is_merge) if operation.body is not None else {}
    context = {"today": current_portal().ports.clock.now().date()}
    # whoever signs up or in is throttled before their input is looked at, by the steps that GraphQL shares
    judged_later = operation.body is None or operation.is_merge or operation.scope is None
    return Call(
        operation=operation,
        query=query,
        body=None
        if judged_later
        else checked(operation.body, given, context=context)
        if operation.body
        else None,
        given=given,
        if_match=request.headers.get("If-Match") if operation.is_conditional else None,
        _bearer=bearer,
    )


def _answered(call: Call[Any, Any], parts: Mapping[str, Any]) -> Response:
    operation = call.operation
    if operation.opens_itself:
        return answer_of(call, operation.handler(call, **parts))
    if not operation.writes:
        with reading() as session:
            call._reading = session  # noqa: SLF001
            return answer_of(call, operation.handler(call, **parts))
    if operation.previews and call.query.preview:
        return _rehearsed(call, parts)
    with current_portal().unit_of_work(call.bearer.actor) as uow:
        call._uow = uow  # noqa: SLF001
        return once(uow, operation, call.bearer, lambda: answer_of(call, operation.handler(call, **parts)))


def _rehearsed(call: Call[Any, Any], parts: Mapping[str, Any]) -> Response:
    """What the change would do to people: it runs to its end, and is undone. Whoever was let in without the permission
    sees no such thing, for it tells what roles permit.
    """
    permission, bearer = call.operation.permission, call.bearer
    if permission is not None and not bearer.may(*permission):
        raise bearer.refused(*permission)

    def change(uow: UnitOfWork) -> None:
        call._uow = uow  # noqa: SLF001
        call.operation.handler(call, **parts)

    return _json(EffectView.of(radius_of(change, actor=bearer.actor)).model_dump(mode="json"), 200)


def answer_of(call: Call[Any, Any], outcome: object) -> Response:
    """What came of it, as JSON."""
    operation = call.operation
    if isinstance(outcome, Response):
        return outcome
    if isinstance(outcome, Created):
        response = _json(outcome.view.model_dump(mode="json"), operation.status)
        response.headers["Location"] = f"{PREFIX}{outcome.path}"
        response.headers["ETag"] = str(etag_of(outcome.view))
    elif isinstance(outcome, Listing):
        response = _page(call, outcome)
    elif isinstance(outcome, BaseModel):
        response = _json(_chosen(outcome.model_dump(mode="json"), call.query), operation.status)
        response.headers["ETag"] = str(etag_of(outcome))
    else:
        return Response(status=operation.status)
    return _unless_known(response) if operation.is_get else response


def _page(call: Call[Any, Any], found: Listing[Any]) -> Response:
    name, query = call.operation.name, call.query
    cursors = {
        "next": cursor_for("before", found.older, operation=name, query=query) if found.older else None,
        "previous": cursor_for("after", found.newer, operation=name, query=query) if found.newer else None,
    }
    items = [_chosen(one.model_dump(mode="json"), query) for one in found.items]
    return _json({"items": items, **cursors}, 200)


def _chosen(members: dict[str, Any], query: BaseModel) -> dict[str, Any]:
    wanted = getattr(query, "fields", None)
    if not wanted:
        return members
    names = set(wanted.split(","))
    return {name: value for name, value in members.items() if name in names}


def _check_fields(operation: Operation, wanted: str | None) -> None:
    known = operation.returns.model_fields if operation.returns is not None else {}
    strange = [name for name in (wanted or "").split(",") if name and name not in known]
    if strange:
        raise Invalid(
            f"There is no member “{strange[0][:50]}”. There are: {', '.join(known)}.", field="fields"
        )


def _json(members: object, status: int) -> Response:
    return Response(orjson.dumps(members), status=status, mimetype=JSON)


def _unless_known(response: Response) -> Response:
    """304 for whoever has it already (RFC 9110 section 13.1.2)."""
    etag = response.headers.get("ETag")
    known = request.headers.get("If-None-Match")
    response.headers["Cache-Control"] = "private, no-cache"
    if etag is not None and judge("GET", EntityTag(etag), none_match=known) is Outcome.NOT_MODIFIED:
        bare = Response(status=304)
        bare.headers["ETag"], bare.headers["Cache-Control"] = etag, response.headers["Cache-Control"]
        return bare
    return response
