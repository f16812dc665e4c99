"""Questions as text, parsed within limits and held against the schema; the last few good ones are kept."""

from collections import OrderedDict
from threading import Lock
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)

from portal.api.graphql.answers import Told, told
from portal.api.graphql.limits import MOST_CHARACTERS, MOST_COMMENTS, MOST_TOKENS, Size, TooMuch, check_size
from portal.infra.errors import Invalid

MOST_KEPT: Final = 64
MOST_KEPT_CHARACTERS: Final = 4_000
"""Longer ones are rare, and a handful of them would fill the memory."""
MOST_ERRORS: Final = 5


class Malformed(Invalid):
    """The question can't be read, or asks for what there is not. `errors` are all of its faults."""

    code = "query_invalid"

    def __init__(self, errors: list[Told]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


class OperationUnknown(Invalid):
    """Which operation of the document is meant?"""

    code = "operation_unknown"

    def __init__(self) -> None:
        super().__init__("Name one operation of the query.", field="operationName")


class Documents:
    """Documents of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._lock = Lock()
        self._kept: OrderedDict[str, DocumentNode] = OrderedDict()

    def prepare(
        self, text: str, variables: dict[str, Any], *, operation: str | None = None
    ) -> tuple[DocumentNode, Size]:
        """A document that may be executed, and what it comes to.

        Raises:
            TooMuch: before anything is looked up for it.
            Malformed
            OperationUnknown: it holds none of that name; or several, and none is named.
        """
        known = self._find(text)
        document = known or _parsed(text)
        size = check_size(document, variables)
        if known is None:
            self._validate(document)
            self._keep(text, document)
        _check_operation(document, operation)
        return document, size

    def __len__(self) -> int:
        return len(self._kept)

    def _validate(self, document: DocumentNode) -> None:
        errors = validate(self._schema, document, max_errors=MOST_ERRORS)
        if errors:
            raise Malformed([_told(error, Malformed.code) for error in errors])

    def _find(self, text: str) -> DocumentNode | None:
        with self._lock:
            document = self._kept.get(text)
            if document is not None:
                self._kept.move_to_end(text)
            return document

    def _keep(self, text: str, document: DocumentNode) -> None:
        if len(text) > MOST_KEPT_CHARACTERS:
            return
        with self._lock:
            self._kept[text] = document
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


def _check_operation(document: DocumentNode, wanted: str | None) -> None:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    named = [one for one in operations if wanted is not None and one.name and one.name.value == wanted]
    if len(named if wanted is not None else operations) != 1:
        raise OperationUnknown


def _parsed(text: str) -> DocumentNode:
    if len(text) > MOST_CHARACTERS:
        raise TooMuch(f"The query has more than {MOST_CHARACTERS:,} characters.")
    try:
        return parse(text, max_lexical_tokens=MOST_TOKENS, max_comments=MOST_COMMENTS)
    except GraphQLSyntaxError as error:
        if " more than " in error.message:
            raise TooMuch(f"The query has more than {MOST_TOKENS:,} words and signs.") from None
        raise Malformed([_told(error, "query_unreadable")]) from None
    except GraphQLError as error:
        raise Malformed([_told(error, "query_unreadable")]) from None


def _told(error: GraphQLError, code: str) -> Told:
    """The library's own words about the text that was sent; what it would rather have read, it keeps to itself."""
    one = told(error.message.partition(" Did you mean")[0][:300], code)
    if error.locations:
        one["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return one
