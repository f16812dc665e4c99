"""Response types and the ways in which their answers may travel."""

import pytest

from portal.grants.rules.response_types import (
    RESPONSE_TYPES,
    has_code,
    has_id_token,
    mode_of,
    mode_of_error,
    response_type_of,
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("code", "code"),
        ("token id_token code", "code id_token token"),
        ("id_token code", "code id_token"),
        ("token id_token", "id_token token"),
        ("token", None),
        ("none", None),
        ("code code", None),
        ("code  id_token", None),
        ("CODE", None),
        ("", None),
    ],
)
def test_words_come_in_any_order(text: str, meant: str | None) -> None:
    assert response_type_of(text) == meant


def test_what_comes_through_the_browser_stays_out_of_queries() -> None:
    for response_type in RESPONSE_TYPES:
        is_code_alone = response_type == "code"
        assert (mode_of("query", response_type) == "query") is is_code_alone
        assert (mode_of("query.jwt", response_type) == "query.jwt") is is_code_alone
        assert mode_of("form_post", response_type) == "form_post"
        assert mode_of(None, response_type) == ("query" if is_code_alone else "fragment")
        assert mode_of("jwt", response_type) == ("query.jwt" if is_code_alone else "fragment.jwt")
        assert mode_of("pigeon", response_type) is None


def test_an_error_travels_as_the_answer_would_have() -> None:
    assert mode_of_error("form_post", None) == "form_post"
    assert mode_of_error(None, None) == "query"
    assert mode_of_error("pigeon", "code") == "query"
    assert mode_of_error("query", "code token") == "fragment"
    assert mode_of_error("jwt", "id_token") == "fragment.jwt"
    assert mode_of_error(None, "token") == "fragment", "an unknown type too, by its words"


def test_what_a_type_brings() -> None:
    assert [has_code(one) for one in RESPONSE_TYPES] == [True, True, True, True, False, False]
    assert [has_id_token(one) for one in RESPONSE_TYPES] == [False, True, True, False, True, True]
