"""What a schema finds wrong, said to a person: with the name of the field, and where it has none."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from portal.infra.wording import in_words


class Wish(BaseModel):
    """Everything that can be wrong."""

    name: Annotated[str, Field(min_length=1)] = "x"
    code: Annotated[str, Field(min_length=6, max_length=9)] = "123456"
    days: Annotated[int, Field(ge=7, le=1_000)] = 7
    tone: Literal["light", "dark"] = "light"


@pytest.mark.parametrize(
    ("given", "named", "plain"),
    [
        ({"name": ""}, "Enter a field", "Something is missing"),
        ({"code": "1"}, "Use at least 6 characters for the field", "Use at least 6 characters for this"),
        ({"code": "1" * 10}, "Use at most 9 characters for the field", "Use at most 9 characters for this"),
        ({"days": 1}, "Use at least 7 for the field", "Use at least 7 for this"),
        ({"days": 5_000}, "Use at most 1,000 for the field", "Use at most 1,000 for this"),
        ({"tone": "red"}, "Choose one of the given answers for the field", "Choose one of the given answers for this"),
        ({"days": []}, "Check the field: it can't be used as it is", "Check this: it can't be used as it is"),
    ],
)  # fmt: skip
def test_a_problem_reads_well_with_a_name_and_without(
    given: dict[str, object], named: str, plain: str
) -> None:
    with pytest.raises(ValidationError) as wrong:
        Wish.model_validate(given)
    (error,) = wrong.value.errors()
    assert (in_words(error, "field"), in_words(error)) == (named, plain)
