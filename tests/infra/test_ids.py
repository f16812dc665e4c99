"""Ids of rows."""

import multiprocessing
from uuid import UUID

import pytest

from portal.infra.ids import new_id


def test_ids_are_version_7_and_grow() -> None:
    ids = [new_id() for _ in range(2_000)]
    assert all(type(row_id) is UUID and row_id.version == 7 for row_id in ids)
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_makes_other_ids_than_its_parent() -> None:
    new_id()
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    children = [context.Process(target=lambda: answers.put([new_id() for _ in range(50)])) for _ in range(2)]
    for child in children:
        child.start()
    made = [row_id for _ in children for row_id in answers.get()] + [new_id() for _ in range(50)]
    for child in children:
        child.join(timeout=10)
    assert len(set(made)) == len(made)
