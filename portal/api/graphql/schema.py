"""The schema, built once in each process with the first question."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Final

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.base import StrawberryObjectDefinition

from portal.api.graphql.auth import Auth, Enforced
from portal.api.graphql.mutations import Mutation
from portal.api.graphql.queries import Query


class Prepared(SchemaExtension):
    """The document has been parsed, measured and validated before; it is neither again."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document
        self.execution_context.pre_execution_errors = []
        yield


class QuietSchema(strawberry.Schema):
    """What goes wrong is logged by `answers`, with the request that it happened in, and without what was sent."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing here."""


def _moment(at: datetime) -> str:
    """RFC 3339 in UTC, as REST has it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


DateTime: Final = strawberry.scalar(
    name="DateTime",
    description="A moment, as RFC 3339 writes it, in UTC.",
    specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
    serialize=_moment,
    parse_value=datetime.fromisoformat,
)


@cache
def schema() -> QuietSchema:
    """The one schema of this process."""
    config = StrawberryConfig(disable_field_suggestions=True, scalar_map={datetime: DateTime})
    made = QuietSchema(Query, Mutation, extensions=[Prepared], config=config)
    _check_guards(made)
    return made


def core_of(made: strawberry.Schema) -> GraphQLSchema:
    """As the library below knows it, for its validation."""
    return made._schema  # noqa: SLF001 - there is no other way to it


def _check_guards(made: strawberry.Schema) -> None:
    """A directive that were printed and not enforced would be a lie, so no such schema is ever served."""
    for kind in made.schema_converter.type_map.values():
        fields = kind.definition.fields if isinstance(kind.definition, StrawberryObjectDefinition) else ()
        for field in fields:
            is_said = any(isinstance(one, Auth) for one in field.directives)
            is_kept = any(isinstance(one, Enforced) for one in field.extensions)
            if is_said is not is_kept:
                raise RuntimeError(f"{field.python_name}: @auth is said or kept, and not both")
