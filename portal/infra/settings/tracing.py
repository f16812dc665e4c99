"""Settings of traces: where they go, and how many."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _collector(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        raise ValueError("give the whole address of the collector, like http://localhost:4318/v1/traces")
    return address


def _pairs(text: str | None) -> str | None:
    if text is not None and any("=" not in pair for pair in text.split(",")):
        raise ValueError("give pairs like authorization=Bearer abc,x-team=identity")
    return text


class TracingSettings(BaseModel):
    """What of a request is told to a collector."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    traces_endpoint: Annotated[str, AfterValidator(_collector)] | None = None
    """Address of a collector that takes traces by OTLP over HTTP, such as http://localhost:4318/v1/traces. It needs the
    extra otel. Without it nothing is traced.
    """
    traces_headers: Annotated[str | None, AfterValidator(_pairs), Field(repr=False)] = None
    """Headers that the collector wants, as name=value with commas in between."""
    traces_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Which part of all requests is traced. A trusted proxy that has decided already has the say."""

    @property
    def traces_header_pairs(self) -> dict[str, str]:
        """The headers, by name."""
        given = (pair.partition("=") for pair in (self.traces_headers or "").split(",") if pair)
        return {name.strip().lower(): value.strip() for name, _, value in given}
