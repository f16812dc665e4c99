"""docs/conformance.md says which test is which module, and leaves none out."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "conformance.md"
OURS = {
    "test_oidcc_discovery_needs_no_slash_and_is_one_document_at_both_addresses",
    "test_oidcc_server_rotate_keys_leaves_the_old_key_in_place",
    "test_oidcc_claims_essential_without_userinfo",
    "test_oidcc_rp_initiated_logout_with_an_expired_hint",
    "test_dpop_negative_tests_what_has_to_be_taken",
    "test_discovery_end_point_verification_for_signing",
    "test_a_request_object_may_leave_its_type_out",
    "test_a_client_with_a_secret_signs_people_in",
    "test_a_client_says_how_it_hears_of_sign_outs",
}
"""Beside the modules: what they take for granted, or only half look at."""


def test_every_module_is_on_the_page_and_every_line_of_the_page_is_a_test() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| `(test_\w+\.py)` \|", PAGE.read_text(), re.MULTILINE)
    documented = {(file, f"test_{re.sub('[-_]', '_', module)}") for module, file in rows}
    assert len(documented) == len(rows) > 150
    tests = {
        (file.name, name)
        for file in HERE.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(suite", file.read_text(), re.MULTILINE)
    }
    assert {name for _, name in tests} >= OURS
    assert documented == {(file, name) for file, name in tests if name not in OURS}
