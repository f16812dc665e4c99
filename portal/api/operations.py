"""What the REST API can do, each said once: from an operation come its route, its checks, its part of the OpenAPI
document and its rows in the matrix of tests.

    users = Room("Users", "People with an account.")

    @users.get("/users/<uuid:user_id>", scope="users:read", permission=("read", "user"), returns=UserView)
    def show_user(call: Call[OneQuery, None], user_id: UUID) -> UserView:
        \"\"\"One person.\"\"\"
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel

from portal.api.shapes import ListQuery, Nothing, OneQuery, Rehearsal
from portal.http.bearer import Bearer
from portal.infra.rate_limit import Rule

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler: TypeAlias = Callable[..., Any]
"""`(call, **parts of the path)`, and a view, a listing, `Created` or None."""

Concern: TypeAlias = Callable[[Bearer, Mapping[str, Any]], bool]
"""Whether what the path names is this person's own affair, whatever their roles permit."""

API: Final = Rule(1200, seconds=60)
"""For one token: twenty a second, over a minute."""

PREFIX: Final = "/api/v1"
_SAFE: Final = frozenset({"GET"})


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path."""

    name: str
    """The `operationId`, and the name of the handler."""
    method: Method
    path: str
    """Below `PREFIX`, as Flask writes it."""
    tag: str
    handler: Handler = field(repr=False)
    scope: str | None
    """What the token must have been made for; None where no token is asked for."""
    permission: tuple[str, str] | None
    """Action and resource that the person must have; None for what is their own, or what the handler judges."""
    concerns: Concern | None = field(repr=False)
    """Who is let in without the permission."""
    query: type[BaseModel]
    body: type[BaseModel] | None
    returns: type[BaseModel] | None
    status: int
    is_list: bool
    is_merge: bool
    """Whether the body is a JSON Merge Patch (RFC 7396), judged by `body` once it is merged."""
    is_conditional: bool
    """Whether it minds `If-Match` (RFC 9110 section 13.1.1)."""
    only_asks: bool
    """Whether it changes nothing, though its question is too long for an address."""
    opens_itself: bool
    """Whether the handler opens its own transactions, since part of its work must not be in one."""
    refusals: tuple[int, ...]
    """Statuses of errors beyond those that follow from all this."""
    rule: Rule
    most_bytes: int | None = None
    """Of the body, where it may be larger than bodies are elsewhere."""
    produces: tuple[str, ...] = ()
    """Media types of a file, where that is what it answers with; the handler gives the response."""

    @property
    def writes(self) -> bool:
        return self.method not in _SAFE and not self.only_asks

    @property
    def is_get(self) -> bool:
        return self.method in _SAFE

    @property
    def previews(self) -> bool:
        """Whether it can be asked what it would do to people."""
        return issubclass(self.query, Rehearsal)

    @property
    def creates(self) -> bool:
        """Whether it takes an `Idempotency-Key`."""
        return (
            self.method == "POST" and self.status == 201 and self.scope is not None and not self.opens_itself
        )

    @property
    def summary(self) -> str:
        return self._told.partition("\n")[0].rstrip(".")

    @property
    def description(self) -> str:
        return self._told.partition("\n")[2].strip()

    @property
    def _told(self) -> str:
        return cleandoc(self.handler.__doc__ or self.name)


class Room:
    """Operations about one subject. Rooms are known once their module is imported (`portal.api.v1`)."""

    def __init__(self, tag: str, about: str) -> None:
        self.tag, self.about = tag, about
        self._operations: list[Operation] = []

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations)

    def get(  # noqa: PLR0913
        self,
        path: str,
        *,
        scope: str | None,
        permission: tuple[str, str] | None = None,
        concerns: Concern | None = None,
        returns: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        is_list: bool = False,
        produces: tuple[str, ...] = (),
        refusals: tuple[int, ...] = (),
    ) -> Callable[[Handler], Handler]:
        """A question. It is answered with an `ETag`; a list is `Listing`, any other answer one view, or a file."""
        usual: type[BaseModel] = Nothing if produces else ListQuery if is_list else OneQuery
        return self._hang(
            "GET", path, scope=scope, permission=permission, concerns=concerns, returns=returns, is_list=is_list,
            query=query or usual, produces=produces, refusals=refusals,
        )  # fmt: skip

    def post(  # noqa: PLR0913
        self,
        path: str,
        *,
        scope: str | None,
        permission: tuple[str, str] | None = None,
        concerns: Concern | None = None,
        body: type[BaseModel] | None = None,
        returns: type[BaseModel] | None = None,
        status: int = 201,
        only_asks: bool = False,
        opens_itself: bool = False,
        refusals: tuple[int, ...] = (),
        rule: Rule = API,
        most_bytes: int | None = None,
    ) -> Callable[[Handler], Handler]:
        """Something new (201, `Created`), an act (`status=200` or 204), or a long question (`only_asks`)."""
        return self._hang(
            "POST", path, scope=scope, permission=permission, concerns=concerns, body=body, returns=returns,
            status=status, only_asks=only_asks, opens_itself=opens_itself, refusals=refusals, rule=rule,
            most_bytes=most_bytes,
        )  # fmt: skip

    def put(  # noqa: PLR0913
        self,
        path: str,
        *,
        scope: str,
        permission: tuple[str, str] | None = None,
        concerns: Concern | None = None,
        query: type[BaseModel] = Nothing,
        body: type[BaseModel] | None = None,
        returns: type[BaseModel] | None = None,
        status: int = 200,
        refusals: tuple[int, ...] = (),
    ) -> Callable[[Handler], Handler]:
        """Make it so, however often it comes."""
        return self._hang(
            "PUT", path, scope=scope, permission=permission, concerns=concerns, query=query, body=body,
            returns=returns, status=status, is_conditional=True, refusals=refusals,
        )  # fmt: skip

    def patch(
        self,
        path: str,
        *,
        scope: str,
        permission: tuple[str, str] | None = None,
        query: type[BaseModel] = Nothing,
        body: type[BaseModel],
        returns: type[BaseModel],
        opens_itself: bool = False,
        refusals: tuple[int, ...] = (),
    ) -> Callable[[Handler], Handler]:
        """A JSON Merge Patch: the handler calls `call.merged(…)` with what may be changed."""
        return self._hang(
            "PATCH", path, scope=scope, permission=permission, query=query, body=body, returns=returns,
            is_merge=True, opens_itself=opens_itself, is_conditional=True, refusals=refusals,
        )  # fmt: skip

    def delete(
        self,
        path: str,
        *,
        scope: str,
        permission: tuple[str, str] | None = None,
        concerns: Concern | None = None,
        query: type[BaseModel] = Nothing,
        refusals: tuple[int, ...] = (),
    ) -> Callable[[Handler], Handler]:
        """Gone, with 204."""
        return self._hang(
            "DELETE", path, scope=scope, permission=permission, concerns=concerns, query=query, status=204,
            is_conditional=True, refusals=refusals,
        )  # fmt: skip

    def _hang(  # noqa: PLR0913
        self,
        method: Method,
        path: str,
        *,
        scope: str | None,
        permission: tuple[str, str] | None,
        concerns: Concern | None = None,
        query: type[BaseModel] = Nothing,
        body: type[BaseModel] | None = None,
        returns: type[BaseModel] | None = None,
        status: int = 200,
        is_list: bool = False,
        is_merge: bool = False,
        is_conditional: bool = False,
        only_asks: bool = False,
        opens_itself: bool = False,
        refusals: tuple[int, ...] = (),
        rule: Rule = API,
        most_bytes: int | None = None,
        produces: tuple[str, ...] = (),
    ) -> Callable[[Handler], Handler]:
        def hang(handler: Handler) -> Handler:
            self._operations.append(
                Operation(
                    name=handler.__name__, method=method, path=path, tag=self.tag, handler=handler, scope=scope,
                    permission=permission, concerns=concerns, query=query, body=body, returns=returns, status=status,
                    is_list=is_list, is_merge=is_merge, is_conditional=is_conditional, only_asks=only_asks,
                    opens_itself=opens_itself, refusals=refusals, rule=rule, most_bytes=most_bytes,
                    produces=produces,
                )
            )  # fmt: skip
            return handler

        return hang
