"""The OpenAPI document is true: valid, complete, and what the API answers is what it says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.api.v1 import OPERATIONS

if TYPE_CHECKING:
    from flask import Flask

    from tests.api.conftest import Program

CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
EXAMPLES = int(os.environ.get("PORTAL_TEST_EXAMPLES", "2"))
"""Of each operation and mode. The library takes a while to think one up, and there are a hundred operations."""


def test_the_document_is_valid_and_names_every_operation(anybody: Program) -> None:
    answer = anybody.client.get("/api/openapi.json")
    document = answer.get_json()
    validate(document)
    named = [said["operationId"] for path in document["paths"].values() for said in path.values()]
    assert sorted(named) == sorted(operation.name for operation in OPERATIONS)
    assert answer.headers["Cache-Control"].startswith("public")
    known = {"If-None-Match": answer.headers["ETag"]}
    assert anybody.client.get("/api/openapi.json", headers=known).status_code == 304


def test_every_operation_says_who_may_and_how_it_fails(anybody: Program) -> None:
    document = anybody.client.get("/api/openapi.json").get_json()
    scopes = document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]["scopes"]
    for path in document["paths"].values():
        for said in path.values():
            assert said["summary"]
            assert {"400", "429", "500", "503"} <= set(said["responses"])
            if said["security"]:
                assert said["security"][0]["oauth2"][0] in scopes
                assert {"401", "403"} <= set(said["responses"])


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["meant", "mangled"])
def test_answers_are_what_the_document_says(app: Flask, maya: Program, mode: GenerationMode) -> None:
    """Whatever is sent, as a program would or as none would: no fault, and no answer that was not promised."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    wrong: dict[str, str] = {}
    checks = (*CHECKS, negative_data_rejection) if mode is GenerationMode.NEGATIVE else CHECKS
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        try:
            strategy = operation.as_strategy(generation_mode=mode)
            _throw(strategy, maya, checks)
        except Exception as failure:  # noqa: BLE001 - all of them at once
            wrong[operation.label] = str(failure)[:1500]
    assert wrong == {}


def _throw(strategy: Any, program: Program, checks: tuple[Any, ...]) -> None:  # noqa: ANN401 - the library's own types
    @hypothesis_settings(
        max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=strategy)
    def throw(case: Any) -> None:  # noqa: ANN401
        response = case.call(headers={"Authorization": f"Bearer {program.token}"})
        # too much is refused before it is looked at
        too_much = response.status_code == 413
        case.validate_response(response, checks=CHECKS if too_much else checks)

    throw()
