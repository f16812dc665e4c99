"""A relying party on idpyoidc, whose messages and keys are checked by cryptojwt: no code in common with Authlib."""

import os

from flask import Flask, Response, jsonify, redirect, request, url_for
from idpyoidc.client.rp_handler import RPHandler

ISSUER = os.environ["ISSUER"]
BASE = f"http://127.0.0.1:{os.environ['PORT']}"
SERVICES = {
    name: {"class": f"idpyoidc.client.oidc.{module}"}
    for name, module in {
        "discovery": "provider_info_discovery.ProviderInfoDiscovery",
        "authorization": "authorization.Authorization",
        "access_token": "access_token.AccessToken",
        "refresh_access_token": "refresh_access_token.RefreshAccessToken",
        "userinfo": "userinfo.UserInfo",
        "end_session": "end_session.EndSession",
    }.items()
}
CLIENT = {
    "issuer": ISSUER,
    "client_id": os.environ["CLIENT_ID"],
    "client_secret": os.environ["CLIENT_SECRET"],
    "client_type": "oidc",
    "redirect_uris": [f"{BASE}/callback"],
    "post_logout_redirect_uris": [f"{BASE}/left"],
    "response_types_supported": ["code"],
    "scopes_supported": ["openid", "profile", "email", "offline_access", "groups"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    "client_authn_methods": ["client_secret_basic"],
    "services": SERVICES,
    "add_ons": {
        "pkce": {
            "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
            "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
        }
    },
}
KEYS = {"key_defs": [{"type": "EC", "crv": "P-256", "use": ["sig"]}]}

app = Flask(__name__)
handler = RPHandler(base_url=BASE, client_configs={ISSUER: CLIENT}, key_conf=KEYS)
# this program has one visitor
kept: dict[str, object] = {}


@app.get("/")
def state() -> Response:
    """What the library has verified and what the app learned by it."""
    return jsonify(signed_in="claims" in kept, claims=kept.get("claims"), error=kept.get("error"))


@app.get("/login")
def login() -> Response:
    kept.clear()
    wish = {"scope": ["openid", "profile", "email", "offline_access", "groups"], **request.args.to_dict()}
    begun = handler.begin(ISSUER, req_args=wish)
    return redirect(begun["url"] if isinstance(begun, dict) else begun)  # type: ignore[return-value]


@app.get("/callback")
def callback() -> Response:
    """Everything at once: state, issuer, code for tokens, ID token, userinfo, and that both subjects agree."""
    if "error" in request.args:
        kept["error"] = request.args["error"]
        return redirect(url_for("state"))  # type: ignore[return-value]
    done = handler.finalize(ISSUER, request.args.to_dict())
    if "error" in done:
        kept["error"] = str(done["error"])
    else:
        kept.update(
            state=done["state"], claims=done["id_token"].to_dict(), userinfo=done["userinfo"].to_dict()
        )
    return redirect(url_for("state"))  # type: ignore[return-value]


@app.get("/userinfo")
def userinfo() -> Response:
    return jsonify(handler.get_user_info(kept["state"]).to_dict())


@app.get("/refresh")
def refresh() -> Response:
    """New tokens for the refresh token; the library checks the new ID token against the first one."""
    before = handler.get_session_information(kept["state"])["refresh_token"]
    fresh = handler.refresh_access_token(kept["state"])
    return jsonify(scope=" ".join(fresh["scope"]), is_new=fresh["refresh_token"] != before)


@app.get("/logout")
def logout() -> Response:
    """Out of this app, and on to the portal."""
    asked = handler.logout(kept["state"], post_logout_redirect_uri=f"{BASE}/left")
    return redirect(asked["url"])  # type: ignore[return-value]


@app.get("/left")
def left() -> Response:
    """Where the portal leads back to."""
    return jsonify(left="state" in request.args)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
