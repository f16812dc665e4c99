"""Every name, type and argument of the contract is served, `@auth` is printed where it stands there, and it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    DirectiveNode,
    EnumTypeDefinitionNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    InputObjectTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    parse,
    print_ast,
)

from portal.api.graphql.auth import Auth, Enforced
from portal.api.graphql.limits import PAGED, USUAL
from portal.api.graphql.schema import core_of, schema
from tests.api.graphql.conftest import code_of

if TYPE_CHECKING:
    from tests.api.graphql.conftest import Still

TYPES = {
    "Query": {
        "user(id: ID!)": "User",
        "users(page: Int = 1, size: Int = 20, filter: UserFilter)": "UserConnection!",
        "currentUser": "User @auth",
    },
    "Mutation": {
        "register(input: RegisterInput!)": "AuthPayload!",
        "login(input: LoginInput!)": "AuthPayload!",
        "logout": "Boolean! @auth",
        "updateUser(id: ID!, input: UpdateUserInput!)": "User! @auth",
        "deleteUser(id: ID!)": "Boolean! @auth(requires: ADMIN)",
    },
    "User": {
        "id": "ID!",
        "username": "String!",
        "email": "String!",
        "isActive": "Boolean!",
        "roles": "[Role!]!",
        "createdAt": "DateTime!",
        "updatedAt": "DateTime!",
    },
    "Role": {"id": "ID!", "name": "String!", "description": "String", "permissions": "[Permission!]!"},
    "Permission": {"id": "ID!", "resource": "String!", "action": "String!", "conditions": "JSON"},
    "AuthPayload": {
        "user": "User!",
        "accessToken": "String!",
        "refreshToken": "String!",
        "expiresIn": "Int!",
    },
    "UserConnection": {"edges": "[UserEdge!]!", "pageInfo": "PageInfo!", "totalCount": "Int!"},
    "UserEdge": {"node": "User!", "cursor": "String!"},
    "PageInfo": {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    },
}
INPUTS = {
    "RegisterInput": {"username": "String!", "email": "String!", "password": "String!"},
    "LoginInput": {"username": "String!", "password": "String!"},
    "UpdateUserInput": {"email": "String", "isActive": "Boolean"},
    "UserFilter": {"username": "String", "email": "String", "isActive": "Boolean", "role": "String"},
}

Served = dict[str, dict[str, tuple[dict[str, str], str]]]


def _auth(directives: tuple[DirectiveNode, ...]) -> str:
    return "".join(f" {print_ast(one)}" for one in directives if one.name.value == "auth")


@pytest.fixture(scope="module")
def served() -> Served:
    """Each type with its fields: arguments as they are declared, and the type with its `@auth`."""
    kinds = (ObjectTypeDefinitionNode, InputObjectTypeDefinitionNode)
    return {
        kind.name.value: {
            field.name.value: (
                {one.name.value: _declared(one) for one in getattr(field, "arguments", None) or ()},
                print_ast(field.type) + _auth(tuple(field.directives or ())),
            )
            for field in kind.fields or ()
        }
        for kind in parse(schema().as_str()).definitions
        if isinstance(kind, kinds)
    }


def _declared(argument: Any) -> str:  # noqa: ANN401 - a node of the library's
    default = f" = {print_ast(argument.default_value)}" if argument.default_value else ""
    return f"{argument.name.value}: {print_ast(argument.type)}{default}"


@pytest.mark.parametrize("name", TYPES)
def test_the_types_are_those_of_the_contract(served: Served, name: str) -> None:
    for said, answer in TYPES[name].items():
        field, _, arguments = said.rstrip(")").partition("(")
        declared, is_of = served[name][field]
        assert is_of == answer
        assert list(declared.values())[: len(arguments.split(", ")) if arguments else 0] == (
            arguments.split(", ") if arguments else []
        )


@pytest.mark.parametrize("name", INPUTS)
def test_the_inputs_are_those_of_the_contract(served: Served, name: str) -> None:
    assert {field: kind for field, (_, kind) in served[name].items()} == INPUTS[name]


def test_nobody_has_to_give_an_argument_that_the_contract_does_not_know(served: Served) -> None:
    known = {(name, said.partition("(")[0]): said for name, fields in TYPES.items() for said in fields}
    for (name, field), said in known.items():
        further = [one for argument, one in served[name][field][0].items() if f"{argument}:" not in said]
        assert not [one for one in further if one.endswith("!")]


def test_the_directive_the_enum_and_the_scalars_are_printed() -> None:
    printed = schema().as_str()
    assert "directive @auth(requires: AuthLevel = USER) on FIELD_DEFINITION" in printed
    definitions = parse(printed).definitions
    (level,) = [one for one in definitions if isinstance(one, EnumTypeDefinitionNode)]
    assert (level.name.value, [one.name.value for one in level.values or ()]) == (
        "AuthLevel",
        ["USER", "ADMIN"],
    )
    scalars = {one.name.value for one in definitions if isinstance(one, ScalarTypeDefinitionNode)}
    assert scalars == {"DateTime", "JSON"}


def test_what_prints_the_directive_is_what_asks() -> None:
    """Of every field of the schema: none says it without keeping it, none keeps it without saying so."""
    guarded: set[str] = set()
    for kind in schema().schema_converter.type_map.values():
        for field in getattr(kind.definition, "fields", ()):
            said = [one for one in getattr(field, "directives", ()) if isinstance(one, Auth)]
            kept = [one for one in getattr(field, "extensions", ()) if isinstance(one, Enforced)]
            assert len(said) == len(kept)
            guarded.update({field.python_name} if said else ())
    assert guarded == {"current_user", "logout", "update_user", "delete_user"}


def test_every_guarded_field_refuses_whoever_has_not_signed_in(still: Still) -> None:
    asked = {
        "{ currentUser { id } }": None,
        "mutation { logout }": None,
        'mutation { updateUser(id: "x", input: {}) { id } }': "user_not_found",
        'mutation { deleteUser(id: "x") }': "permission_missing",
    }
    for query, code in asked.items():
        assert still.nobody.refused(query) == "not_signed_in"
        if code is not None:
            assert code_of(still.devon.ask(query)) == code


def test_every_list_has_a_weight_in_the_cost() -> None:
    lists: set[str] = set()
    for kind in core_of(schema()).type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
                lists.update({name} if isinstance(inner, GraphQLList) else ())
    assert lists <= {*USUAL}
    assert "users" in PAGED


def test_there_is_nothing_to_subscribe_to() -> None:
    """And so no socket on which a token might not be asked for (CVE-2026-35523)."""
    assert core_of(schema()).subscription_type is None
