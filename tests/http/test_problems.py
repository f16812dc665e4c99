"""Errors: one page, one JSON shape, the reference id, and nothing of the inside."""

from typing import TYPE_CHECKING

import pytest
from flask import Blueprint
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.http.context import reading
from portal.infra.errors import Conflict, Forbidden, Invalid, Limited, NotFound

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

FAULTS: dict[str, Exception] = {
    "limited": Limited("Too many tries.", retry_after_seconds=42),
    "conflict": Conflict("Somebody was faster."),
    "missing": NotFound("There is no such app."),
    "forbidden": Forbidden("Ask an administrator."),
    "invalid": Invalid("Use fewer.", field="scopes"),
    "pool": PoolTimeout("QueuePool limit of size 5 reached at db.internal"),
    "away": OperationalError("SELECT secret_column", {}, Exception("connection to db.internal failed")),
    "bug": ZeroDivisionError("the secret ingredient"),
}
STATUS = {
    "limited": 429,
    "conflict": 409,
    "missing": 404,
    "forbidden": 403,
    "invalid": 422,
    "pool": 503,
    "away": 503,
    "bug": 500,
}


@pytest.fixture
def faulty(app: "Flask") -> "Flask":
    """The application with an address for each fault, on the page side and below /api."""
    faults = Blueprint("faults", __name__)

    def fail(name: str) -> str:
        raise FAULTS[name]

    def statement() -> str:
        with reading() as session:
            return str(session.execute(text("SELECT * FROM no_such_table")))

    faults.add_url_rule("/faults/<name>", "page", fail)
    faults.add_url_rule("/api/faults/<name>", "json", fail)
    faults.add_url_rule("/faults/statement", "statement", statement)
    app.register_blueprint(faults)
    return app


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_a_page_with_a_reference_and_no_secret(faulty: "Flask", name: str) -> None:
    answer = faulty.test_client().get(f"/faults/{name}")
    assert answer.status_code == STATUS[name]
    assert answer.headers["X-Request-ID"] in answer.text
    for inside in ("db.internal", "secret", "SELECT", "Traceback", "QueuePool"):
        assert inside not in answer.text


@pytest.mark.parametrize("name", FAULTS)
def test_below_api_every_fault_has_the_one_shape(faulty: "Flask", name: str) -> None:
    answer = faulty.test_client().get(f"/api/faults/{name}")
    # what no form shows again is a bad request
    assert answer.status_code == (400 if name == "invalid" else STATUS[name])
    body = answer.get_json()
    assert set(body) == {"error", "message", "details", "trace_id", "timestamp"}
    assert body["trace_id"] == answer.headers["X-Request-ID"]
    assert body["timestamp"].endswith("Z")


def test_a_failing_statement_says_nothing_of_itself(faulty: "Flask") -> None:
    answer = faulty.test_client().get("/faults/statement")
    assert answer.status_code in {500, 503}
    assert "no_such_table" not in answer.text


def test_whoever_has_to_wait_is_told_how_long(faulty: "Flask") -> None:
    assert faulty.test_client().get("/faults/limited").headers["Retry-After"] == "42"
    assert faulty.test_client().get("/faults/away").headers["Retry-After"] == "3"


def test_an_unknown_address_and_a_wrong_method_have_pages_too(client: "FlaskClient") -> None:
    assert client.get("/nothing-here").status_code == 404
    wrong = client.put("/login")
    assert wrong.status_code == 405
    assert "POST" in wrong.headers["Allow"]
    assert client.get("/api/v1/nothing").get_json()["error"] == "http_404"
