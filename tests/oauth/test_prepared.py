"""Discovery and the keys, answered before the framework: nobody can tell, but by the time it takes."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.bootstrap import Portal
from tests.oauth.test_discovery import OAUTH, OPENID

PATHS = (OPENID, OAUTH, "/oauth2/jwks")


@pytest.mark.parametrize("path", PATHS)
def test_it_says_what_the_framework_says(program: FlaskClient, path: str) -> None:
    """A HEAD goes the whole way. Only the policy differs, for what is no page needs no nonce and may do nothing; and
    nothing here hangs on a cookie.
    """
    prepared, framework = program.get(path), program.head(path)
    assert framework.status_code == prepared.status_code == 200
    own = {"X-Request-ID", "Content-Security-Policy", "Date", "Vary"}
    assert {pair for pair in prepared.headers if pair[0] not in own} == {
        pair for pair in framework.headers if pair[0] not in own
    }
    assert prepared.headers["X-Request-ID"].startswith("req_")
    assert prepared.headers["X-Request-ID"] != framework.headers["X-Request-ID"]
    assert prepared.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", ["{}", "W/{}", '"another", {}', "*"])
def test_who_has_it_is_told_so(program: FlaskClient, path: str, form: str) -> None:
    etag = program.get(path).headers["ETag"]
    answer = program.get(path, headers={"If-None-Match": form.format(etag)})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == etag
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Content-Length" not in answer.headers
    assert program.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_each_answer_is_counted_once(program: FlaskClient, portal: Portal) -> None:
    def count(status: str) -> float:
        labels = {"method": "GET", "endpoint": OPENID, "status": status}
        return portal.ports.metrics.registry.get_sample_value("http_requests_total", labels) or 0.0

    before = count("200"), count("304")
    etag = program.get(OPENID).headers["ETag"]
    program.get(OPENID, headers={"If-None-Match": etag})
    assert (count("200"), count("304")) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(("method", "status"), [("POST", 405), ("DELETE", 405), ("OPTIONS", 200)])
def test_other_methods_are_answered_as_everywhere(program: FlaskClient, method: str, status: int) -> None:
    answer = program.open(OPENID, method=method)
    assert answer.status_code == status
    assert "GET" in answer.headers["Allow"]


def test_keys_that_cannot_be_read_are_a_wait(program: FlaskClient, portal: Portal) -> None:
    """The framework's words, with its status and its id."""
    with portal.engine.begin() as connection:
        connection.execute(text("ALTER TABLE signing_keys RENAME TO signing_keys_away"))
    answer = program.get("/oauth2/jwks")
    assert answer.status_code >= 500
    assert answer.headers["X-Request-ID"] in answer.text
    with portal.engine.begin() as connection:
        connection.execute(text("ALTER TABLE signing_keys_away RENAME TO signing_keys"))
    assert program.get("/oauth2/jwks").status_code == 200
