"""Input of the wrong kind (ASVS 2.2.1, SECURITY.md section A): refused or asked for again, never a fault."""

import json
from typing import TYPE_CHECKING

import pytest

from tests.web.browsing import token_on

if TYPE_CHECKING:
    from flask.testing import FlaskClient


@pytest.mark.parametrize(
    "content", [0, None, [], "email", [[1, 2]], {"email": {"a": [1]}}, {"email": ["x", 1]}]
)
@pytest.mark.parametrize("path", ["/recover", "/login", "/signup"])
def test_json_is_no_form(client: "FlaskClient", path: str, content: object) -> None:
    """Flask-WTF reads it as one: a number made a 500, a list came where a text was expected."""
    token = token_on(client.get(path))
    headers = {"X-CSRFToken": token, "Content-Type": "application/json"}
    answer = client.post(path, data=json.dumps(content), headers=headers)
    assert answer.status_code == 422
    assert "Enter your" in answer.text
