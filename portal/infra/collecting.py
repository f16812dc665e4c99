"""Who collects traces: somebody where the settings say so, usually nobody."""

from portal.infra.settings import Settings, SettingsError
from portal.infra.tracing import NO_TRACES, Traces


def traces_of(settings: Settings) -> Traces:
    """Where `PORTAL_TRACES_ENDPOINT` says.

    Raises:
        SettingsError: what sends them is not installed.
    """
    if settings.traces_endpoint is None:
        return NO_TRACES
    try:
        from portal.infra.open_telemetry import sent_traces  # noqa: PLC0415 - large, and only for who wants traces
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f"PORTAL_TRACES_ENDPOINT needs the extra otel ({missing.name} is missing): pip install 'portal[otel]'"
        ) from None
    return sent_traces(settings)
