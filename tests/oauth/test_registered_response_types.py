"""Old response types, registered by the apps themselves; the modules of the Dynamic plan are in tests/conformance."""

import pytest
from flask.testing import FlaskClient

from tests.oauth.registering import registered

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.settings(client_registration="open", implicit_flow=True)
@pytest.mark.parametrize(
    "response_type", ["id_token", "id_token token", "code id_token", "code token", "code id_token token"]
)
def test_old_response_types_are_registered_where_the_portal_offers_them(
    program: FlaskClient, response_type: str
) -> None:
    made = registered(program, grant_types=None, response_types=[response_type])
    assert made.metadata["response_types"] == [response_type]
    assert "implicit" in made.metadata["grant_types"]
