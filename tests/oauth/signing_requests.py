"""An app's part of a request that it signs (RFC 9101)."""

import time
from typing import Any

from tests.oauth.steps import ISSUER, App
from tests.support.signing import OwnKey

KEY = OwnKey("ES256", kid="own")


def claims_of(app: App, **changes: object) -> dict[str, Any]:
    """All parameters, and what a strict reader wants beside them; None leaves one out."""
    now = int(time.time())
    usual = {**app.request(), "iss": app.client_id, "aud": ISSUER, "exp": now + 300, "nbf": now, "iat": now}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def signed(
    app: App,
    *,
    key: OwnKey = KEY,
    typ: str | None = "oauth-authz-req+jwt",
    **changes: Any,  # noqa: ANN401 - a claim may be anything
) -> str:
    return key.sign(claims_of(app, **changes), typ=typ)


def outer_of(app: App, text: str, **more: str) -> dict[str, str]:
    """What has to stand outside (RFC 9101 section 5)."""
    return {"client_id": app.client_id, "request": text, **more}
