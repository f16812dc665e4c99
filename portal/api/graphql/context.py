"""One request, as its resolvers see it: who asks, the transaction for questions, and the document that is executed."""

from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import Self

import strawberry
from graphql import DocumentNode
from sqlalchemy.orm import Session

from portal.api.graphql.loaders import Loaders
from portal.api.graphql.sight import Sight
from portal.http.bearer import Bearer
from portal.http.context import current_portal


class Context:
    """Use it in a `with` block: what was opened for questions is closed at its end."""

    def __init__(self, bearer: Bearer | None, document: DocumentNode) -> None:
        self.sight = Sight(bearer)
        self.document = document
        self._session: Session | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.forget()

    @cached_property
    def now(self) -> datetime:
        """One moment for the whole answer."""
        return current_portal().ports.clock.now()

    @property
    def session(self) -> Session:
        """For questions only."""
        if self._session is None:
            self._session = current_portal().reading()
        return self._session

    @cached_property
    def loaders(self) -> Loaders:
        return Loaders(lambda: self.session, at=self.now)

    def forget(self) -> None:
        """Something was changed: whatever was read before is read anew."""
        if self._session is not None:
            self._session.close()
            self._session = None
        self.__dict__.pop("loaders", None)
        self.__dict__.pop("now", None)


Info = strawberry.Info[Context, None]
