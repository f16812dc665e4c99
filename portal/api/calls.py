"""One call of an operation: who calls, what they sent, and the transaction that it runs in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from portal.api.cursors import Turn, turn_of
from portal.api.inputs import checked, merged
from portal.api.operations import Operation
from portal.http.bearer import Bearer, ScopeMissing
from portal.http.context import current_portal
from portal.infra import etags
from portal.infra.unit_of_work import UnitOfWork

Q = TypeVar("Q", bound=BaseModel)
B = TypeVar("B", bound=BaseModel | None)
M = TypeVar("M", bound=BaseModel)


@dataclass(kw_only=True)
class Call(Generic[Q, B]):
    """What a handler gets. `session` is that of `uow` where the operation writes, else one for questions."""

    operation: Operation
    query: Q
    body: B
    if_match: str | None = None
    given: dict[str, Any] = field(default_factory=dict, repr=False)
    """A merge patch as it came."""
    _bearer: Bearer | None = None
    _uow: UnitOfWork | None = field(default=None, repr=False)
    _reading: Session | None = field(default=None, repr=False)

    @property
    def bearer(self) -> Bearer:
        if self._bearer is None:
            raise RuntimeError(f"{self.operation.name} asks for no token, so nobody is known to call")
        return self._bearer

    @property
    def uow(self) -> UnitOfWork:
        if self._uow is None:
            raise RuntimeError(f"{self.operation.name} only asks, or opens its own transactions")
        return self._uow

    def opened(self) -> UnitOfWork:
        """A transaction of its own, for operations that open theirs; use it in a `with` block."""
        return current_portal().unit_of_work(self.bearer.actor)

    @property
    def session(self) -> Session:
        return self._reading if self._reading is not None else self.uow.session

    @cached_property
    def now(self) -> datetime:
        return self._uow.now if self._uow is not None else current_portal().ports.clock.now()

    @property
    def turn(self) -> Turn:
        """Where in the list to go on."""
        return turn_of(getattr(self.query, "cursor", None), operation=self.operation.name, query=self.query)

    def require_scope(self, scope: str) -> None:
        """For what only some calls of the operation do.

        Raises:
            ScopeMissing
        """
        if scope not in self.bearer.scopes:
            raise ScopeMissing(scope)

    def require(self, action: str, resource: str) -> None:
        """For what hangs on the thing itself.

        Raises:
            PermissionMissing: the explanation is kept, as after any other no.
        """
        if not self.bearer.may(action, resource):
            raise self.bearer.refused(action, resource)

    def check_unchanged(self, view: BaseModel | None) -> None:
        """Mind `If-Match`. Call it with the view of the thing as it is now, after the row was locked; with None where
        there is no such thing yet.

        Raises:
            PreconditionFailed
        """
        current = etag_of(view) if view is not None else None
        etags.check_precondition(current, match=self.if_match)

    def merged(self, schema: type[M], kept: Mapping[str, Any], *, context: dict[str, Any] | None = None) -> M:
        """The thing as the merge patch wants it, judged. `kept` says what may be changed, as it is now.

        Raises:
            Invalid
        """
        whole = merged(kept, self.given)
        known = {"today": self.now.date()} | (context or {})
        return checked(schema, whole if isinstance(whole, dict) else {}, context=known)


def etag_of(view: BaseModel) -> etags.EntityTag:
    """A strong validator: what is shown, digested (RFC 9110 section 8.8.3). `fields` changes nothing about it."""
    return etags.etag_of(view.model_dump_json())
