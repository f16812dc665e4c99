"""The tree of errors that people may see."""

import pickle

import pytest

from portal.infra.errors import (
    Changed,
    Conflict,
    DomainError,
    FieldProblem,
    Forbidden,
    Invalid,
    Kind,
    Limited,
    NotFound,
    NotSignedIn,
    Unavailable,
)


class EmailTaken(Conflict):
    """As a feature would write it."""

    code = "email_taken"


def test_an_error_named_by_a_feature_has_its_kind_and_its_own_code() -> None:
    error = EmailTaken("This address has an account. Sign in instead.", field="email")
    assert (error.kind, error.code, error.field) == (Kind.CONFLICT, "email_taken", "email")
    assert str(error) == error.message == "This address has an account. Sign in instead."


def test_every_kind_has_one_error() -> None:
    errors = (Invalid, NotSignedIn, Forbidden, NotFound, Conflict, Changed, Limited, Unavailable)
    assert sorted(error("x").kind for error in errors) == sorted(Kind)


def test_a_problem_of_one_field_is_listed_like_those_of_many() -> None:
    one = Invalid("Choose a longer password.", code="too_short", field="password")
    assert one.fields == (FieldProblem("password", "too_short", "Choose a longer password."),)
    many = Invalid("Two fields need you.", fields=(FieldProblem("a", "x", "y"), FieldProblem("b", "x", "y")))
    assert [problem.field for problem in many.fields] == ["a", "b"]
    assert Invalid("This can't be used.").fields == ()


@pytest.mark.parametrize("error", [Limited, Unavailable])
def test_whoever_has_to_wait_is_told_at_least_a_second(error: type[Limited] | type[Unavailable]) -> None:
    assert error("Later.", retry_after_seconds=0).retry_after_seconds == 1
    assert error("Later.", retry_after_seconds=30).retry_after_seconds == 30


def test_the_repr_of_an_error_holds_no_message() -> None:
    assert repr(NotFound("No user ada@example.org.")) == "NotFound('not_found', field=None)"


def test_errors_survive_a_process_border() -> None:
    error = pickle.loads(pickle.dumps(Limited("Later.", retry_after_seconds=9, code="slow_down")))  # noqa: S301
    assert isinstance(error, DomainError)
    assert (error.message, error.code, error.kind) == ("Later.", "slow_down", Kind.LIMITED)
    assert isinstance(error, Limited)
    assert error.retry_after_seconds == 9
