"""Versions as entity tags, and requests that hold for one of them only."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.etags import (
    EntityTag,
    Outcome,
    PreconditionFailed,
    check_precondition,
    etag_of,
    if_match,
    if_none_match,
    judge,
    read_tags,
)

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOW = etag_of(ID, NOON)
OLD = etag_of(ID, NOON - timedelta(microseconds=1))
TAGS = st.builds(
    EntityTag,
    st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "S"], exclude_characters='"')).map(
        lambda text: f'"{text}"'
    ),
    is_weak=st.booleans(),
)


def test_each_version_has_a_tag_of_its_own() -> None:
    versions = {
        str(tag)
        for tag in (
            NOW, OLD, etag_of(ID), etag_of(ID, NOON, b"{}"), etag_of(ID, NOON, "{}"), etag_of(1), etag_of("1"),
            etag_of("1", "2"), etag_of("12", ""), etag_of("12"), etag_of(None), etag_of(),
        )
    }  # fmt: skip
    assert len(versions) == 12
    assert str(etag_of(ID, NOON)) == str(NOW)
    assert str(etag_of(ID, NOON.astimezone())) == str(NOW)


def test_a_tag_stands_in_a_header_and_tells_nothing() -> None:
    assert read_tags(str(NOW)) == (NOW,)
    assert len(str(NOW)) == 26
    assert "2026" not in str(NOW)


@given(st.lists(TAGS, max_size=8), st.sampled_from([",", ", ", " ,\t", ",,", " , , "]))
def test_a_list_is_read_as_it_was_written(tags: list[EntityTag], between: str) -> None:
    assert read_tags(between.join(map(str, tags))) == tuple(tags)


@given(st.text(max_size=300))
def test_no_header_is_too_odd_to_be_judged(header: str) -> None:
    tags = read_tags(header)
    is_known = tags is not None and NOW in tags
    assert if_match(header, NOW) is (is_known or header.strip(" \t") == "*")
    assert judge("GET", NOW, none_match=header) in set(Outcome)


@pytest.mark.parametrize(
    "header", ["abc", '"abc', 'abc"', '"a" "b"', 'w/"a"', 'W/ "a"', '"a"\n', "*, *", '"a\x00"']
)
def test_what_is_no_list_of_tags_names_no_version(header: str) -> None:
    assert read_tags(header) is None
    assert judge("PATCH", NOW, match=header) is Outcome.FAILED


def test_an_endless_list_is_not_read() -> None:
    assert read_tags(", ".join([str(NOW)] * 1_000)) is None
    assert not if_match(", ".join([str(NOW)] * 1_000), NOW)


@pytest.mark.parametrize(
    ("header", "current", "holds"),
    [
        (str(NOW), NOW, True),
        (f'"other", {NOW}', NOW, True),
        (str(OLD), NOW, False),
        (f"W/{NOW}", NOW, False),  # a weak tag never matches strongly
        (str(NOW), EntityTag(NOW.text, is_weak=True), False),
        ("*", NOW, True),
        (" * ", NOW, True),
        ("*", None, False),
        (str(NOW), None, False),
        ("", NOW, False),
    ],
)
def test_a_change_holds_for_the_version_that_its_sender_knows(
    header: str, current: EntityTag | None, *, holds: bool
) -> None:
    assert if_match(header, current) is holds
    assert judge("PATCH", current, match=header) is (Outcome.GO_ON if holds else Outcome.FAILED)


@pytest.mark.parametrize(
    ("header", "current", "holds"),
    [
        (str(NOW), NOW, False),
        (f"W/{NOW}", NOW, False),  # for readers weak is as good
        (str(OLD), NOW, True),
        ("*", NOW, False),
        ("*", None, True),
        (str(NOW), None, True),
        ("nonsense", NOW, True),
    ],
)
def test_a_reader_is_spared_what_it_has(header: str, current: EntityTag | None, *, holds: bool) -> None:
    assert if_none_match(header, current) is holds
    assert judge("GET", current, none_match=header) is (Outcome.GO_ON if holds else Outcome.NOT_MODIFIED)
    assert judge("PUT", current, none_match=header) is (Outcome.GO_ON if holds else Outcome.FAILED)


def test_a_failed_match_comes_before_everything_else() -> None:
    assert judge("GET", NOW, match=str(OLD), none_match=str(NOW)) is Outcome.FAILED
    assert judge("HEAD", NOW, match=str(NOW), none_match=str(NOW)) is Outcome.NOT_MODIFIED
    assert judge("PUT", NOW) is Outcome.GO_ON


def test_whoever_writes_over_another_version_is_told() -> None:
    check_precondition(NOW, match=str(NOW))
    check_precondition(NOW, match=None)
    with pytest.raises(PreconditionFailed) as refused:
        check_precondition(NOW, match=str(OLD))
    assert refused.value.code == "precondition_failed"
