"""Kestrel CI, an app that people sign in to through the portal: Flask with Authlib's client, a process of its own.

It knows the portal by nothing but the settings that the page of a registered app offers to copy.
"""

import json
import os
import secrets
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, render_template_string, session
from requests import HTTPError
from werkzeug.wrappers import Response

PAGE: Final = """<!doctype html><html lang="en"><title>Kestrel CI</title><h1>Kestrel CI</h1>
{% if told %}<p>Signed in as {{ told.name }}</p><pre>{{ json }}</pre>
<form method="post" action="/refresh"><button>Refresh</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>
{% else %}<p>{{ words }}</p><a href="/sign-in">Sign in with the portal</a>{% endif %}"""
FORM: Final = """<!doctype html><html lang="en"><title>Kestrel CI</title><form method="post" action="{{ endpoint }}">
{% for name, value in asked.items() %}<input type="hidden" name="{{ name }}" value="{{ value }}">{% endfor %}
<button>Sign in with the portal</button></form>"""

oauth: Final = OAuth()
app: Final = Flask(__name__)
app.config.update(SECRET_KEY=secrets.token_hex(), SESSION_COOKIE_NAME="kestrel")
oauth.init_app(app)
oauth.register(
    "portal",
    client_id=os.environ["OIDC_CLIENT_ID"],
    client_secret=os.environ["OIDC_CLIENT_SECRET"],
    server_metadata_url=f"{os.environ['OIDC_ISSUER']}/.well-known/openid-configuration",
    client_kwargs={
        "scope": os.environ["OIDC_SCOPES"],
        "token_endpoint_auth_method": os.environ["OIDC_CLIENT_AUTH"],
        "code_challenge_method": "S256",
    },
)
CALLBACK: Final = os.environ["OIDC_REDIRECT_URI"]
LEFT: Final = CALLBACK.replace("/callback", "/left")

tokens: Final[dict[str, dict[str, Any]]] = {}
"""What the app holds for each visitor."""


@app.get("/")
def home() -> str:
    """Signed in: what the portal's userinfo endpoint says for the access token at hand."""
    held = tokens.get(session.get("id", ""))
    if held is None:
        return render_template_string(PAGE, words="Nobody is signed in")
    try:
        told = oauth.portal.userinfo(token=held)
    except HTTPError as refusal:
        tokens.pop(session.pop("id"))
        return render_template_string(PAGE, words=f"The portal refuses: {refusal}")
    return render_template_string(PAGE, told=told, json=json.dumps({**told, "refreshed": held["refreshed"]}))


@app.get("/sign-in")
def sign_in() -> Response:
    answer: Response = oauth.portal.authorize_redirect(CALLBACK)
    return answer


@app.get("/sign-in-by-form")
def sign_in_by_form() -> str:
    """The same request as a form that this site posts to the other one."""
    made = oauth.portal.create_authorization_url(CALLBACK)
    oauth.portal.save_authorize_data(redirect_uri=CALLBACK, **made)
    endpoint, _, query = made["url"].partition("?")
    return render_template_string(FORM, endpoint=endpoint, asked=dict(parse_qsl(query)))


@app.get("/callback")
def callback() -> Response:
    """Authlib redeems the code and verifies the ID token; what it can't verify, it raises."""
    held = oauth.portal.authorize_access_token()
    session["id"] = secrets.token_hex()
    tokens[session["id"]] = {**held, "refreshed": 0}
    return redirect("/", HTTPStatus.SEE_OTHER)


@app.post("/refresh")
def refresh() -> Response:
    held = tokens[session["id"]]
    fresh = oauth.portal.fetch_access_token(grant_type="refresh_token", refresh_token=held["refresh_token"])
    tokens[session["id"]] = {**held, **fresh, "refreshed": held["refreshed"] + 1}
    return redirect("/", HTTPStatus.SEE_OTHER)


@app.post("/sign-out")
def sign_out() -> Response:
    """Here first; then the portal learns by the ID token who leaves."""
    held = tokens.pop(session.pop("id"))
    asked = {"id_token_hint": held["id_token"], "post_logout_redirect_uri": LEFT, "state": "bye"}
    endpoint = oauth.portal.load_server_metadata()["end_session_endpoint"]
    return redirect(f"{endpoint}?{urlencode(asked)}", HTTPStatus.SEE_OTHER)


@app.get("/left")
def left() -> str:
    return render_template_string(PAGE, words="You have left Kestrel CI")


if __name__ == "__main__":
    app.run("127.0.0.1", int(os.environ["PORT"]), threaded=True)
