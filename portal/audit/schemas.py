"""What is taken in about the log itself."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

VIEW_NAME_LENGTH = 60


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("Use only letters, digits, signs and spaces for the name")
    return name


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("Leave out line breaks and invisible characters")
    return text


class SaveView(BaseModel):
    """A filter under a name, for oneself or for everybody who may read the log."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=VIEW_NAME_LENGTH), AfterValidator(_printable)]
    is_shared: bool = False


class ExportLog(BaseModel):
    """A wish for a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["csv", "jsonl"] = "csv"


class DiscardWork(BaseModel):
    """Why something promised need not be done any more."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    reason: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_one_line)]


class RestoreState(BaseModel):
    """An earlier state is to come back. `seen` is the mark of the state that the preview showed beside it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    reason: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_one_line)]
    seen: Annotated[str, Field(max_length=64)] = ""
