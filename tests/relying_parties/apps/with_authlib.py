"""A relying party on Authlib's Flask client: a program of its own that knows nothing of the portal but its address."""

import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, jsonify, redirect, request, session, url_for

app = Flask(__name__)
app.secret_key = "a relying party under test"
oauth = OAuth(app)
oauth.register(
    "portal",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{os.environ['ISSUER']}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email offline_access groups", "code_challenge_method": "S256"},
)
# this program has one visitor; its cookie would be too small for tokens
kept: dict[str, object] = {}


@app.get("/")
def state() -> Response:
    """What the library has verified and what the app learned by it."""
    return jsonify(signed_in="sub" in session, claims=kept.get("claims"), error=kept.get("error"))


@app.get("/login")
def login() -> Response:
    kept.clear()
    answer: Response = oauth.portal.authorize_redirect(
        url_for("callback", _external=True), **request.args.to_dict()
    )
    return answer


@app.get("/callback")
def callback() -> Response:
    """Authlib checks state, issuer, nonce, signature, audience and times of the ID token."""
    if "error" in request.args:
        kept["error"] = request.args["error"]
        return redirect(url_for("state"))  # type: ignore[return-value]
    token = oauth.portal.authorize_access_token()
    kept.update(token=token, claims=dict(token["userinfo"]))
    session["sub"] = token["userinfo"]["sub"]
    return redirect(url_for("state"))  # type: ignore[return-value]


@app.get("/userinfo")
def userinfo() -> Response:
    return jsonify(oauth.portal.userinfo(token=kept["token"]))


@app.get("/refresh")
def refresh() -> Response:
    """New tokens for the refresh token; the old one is gone."""
    token = kept["token"]
    assert isinstance(token, dict)
    fresh = oauth.portal.fetch_access_token(grant_type="refresh_token", refresh_token=token["refresh_token"])
    kept["token"] = fresh
    return jsonify(scope=fresh["scope"], is_new=fresh["refresh_token"] != token["refresh_token"])


@app.get("/logout")
def logout() -> Response:
    """Out of this app, and on to the portal."""
    session.clear()
    token = kept["token"]
    assert isinstance(token, dict)
    answer: Response = oauth.portal.logout_redirect(
        post_logout_redirect_uri=url_for("left", _external=True), id_token_hint=token["id_token"]
    )
    return answer


@app.get("/left")
def left() -> Response:
    """Where the portal leads back to; Authlib checks the state."""
    kept["left"] = oauth.portal.validate_logout_response()
    return jsonify(left=True)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
