"""How long an account rests after wrong passwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sessions.rules import LONGEST_PAUSE_SECONDS, MOST_FAILURES, pause_seconds


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 0), (9, 0), (10, 30), (11, 60), (12, 120), (16, 1920), (17, 3600), (99, 3600)],
)
def test_the_rest_doubles_from_half_a_minute_to_an_hour(failures: int, seconds: int) -> None:
    assert pause_seconds(failures, allowed=10) == seconds


@given(st.integers(1, MOST_FAILURES), st.integers(3, MOST_FAILURES))
def test_one_more_failure_never_shortens_the_rest(failures: int, allowed: int) -> None:
    rest = pause_seconds(failures, allowed=allowed)
    assert rest <= pause_seconds(failures + 1, allowed=allowed) <= LONGEST_PAUSE_SECONDS
