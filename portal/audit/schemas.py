"""What is taken in about the log itself."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

VIEW_NAME_LENGTH = 60


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("Use only letters, digits, signs and spaces for the name")
    return name


class SaveView(BaseModel):
    """A filter under a name, for oneself or for everybody who may read the log."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=VIEW_NAME_LENGTH), AfterValidator(_printable)]
    is_shared: bool = False


class ExportLog(BaseModel):
    """A wish for a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["csv", "jsonl"] = "csv"
