"""oidcc-3rdparty-init-login-certification-test-plan: where others may begin a sign-in."""

from tests.conformance.dynamic import Dynamic
from tests.conformance.variants import DYNAMIC

VARIANT = DYNAMIC


def test_oidcc_3rd_party_init_login(suite: Dynamic) -> None:
    uri = f"{suite.place}/initiate_login"
    assert suite.registers(initiate_login_uri=uri)["initiate_login_uri"] == uri
    answer = suite.manage("GET")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.get_json()["initiate_login_uri"] == uri
    assert suite.sign_in().id_token
    suite.leave()


def test_oidcc_3rd_party_init_login_nohttps(suite: Dynamic) -> None:
    answer = suite.register(initiate_login_uri="http://localhost.emobix.co.uk/test/a/portal/initiate_login")
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_client_metadata")
