"""What a route knows: the names of its fields, with values that are well-formed and lead somewhere."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tests.oauth.steps import CALLBACK, LEFT, SCOPE, VERIFIER, challenge_of
from tests.support.people import NOBODYS_ID, PASSWORD

if TYPE_CHECKING:
    from tests.support.inhabited import Inhabited

Names = Sequence[str]

JOURNEY: Final = ("flow", "next")
LISTS: Final = ("q", "before", "after")
REQUEST: Final = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
)  # fmt: skip
CLIENT: Final = ("client_id", "client_secret")
NEW_CLIENT: Final = (
    "client_name",
    "kind",
    "redirect_uris",
    "post_logout_redirect_uris",
    "audience",
    "role_ids",
)

FIELDS: Final[Mapping[str, Names]] = {
    "setup.form": ("name", "email", "password"),
    "signup.form": ("name", "email", "password", *JOURNEY),
    "signup.check_inbox": ("code", *JOURNEY),
    "signup.again": JOURNEY,
    "verify.link": ("password",),
    "login.identifier": ("identifier", *JOURNEY),
    "login.password": ("identifier", "password", *JOURNEY),
    "recover.ask": ("email", *JOURNEY),
    "recover.sent": JOURNEY,
    "recover.reset": ("password", *JOURNEY),
    "account.email": ("email", "current_password"),
    "account.password": ("current_password", "new_password"),
    "account.profile": (
        "name", "username", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website",
        "gender", "birthdate", "zoneinfo", "locale",
    ),
    "account.theme": ("theme", "next"),
    "access.explain": ("verb", "resource", "reference"),
    "access_requests.mine": ("before", "after"),
    "access_requests.new": ("target", "reason", "wished_until", "reference", "client", "q"),
    "admin_requests.approve": ("yes-give", "yes-until", "yes-note"),
    "admin_requests.listing": (*LISTS, "state"),
    "admin_requests.refuse": ("no-note",),
    "admin_reviews.detail": ("before", "after", "verdict", "unused"),
    "admin_reviews.judge": ("items", "verdict", "note", "one", "is_confirmed"),
    "admin_reviews.listing": ("before", "after", "state"),
    "admin_reviews.new": ("target", "reviewer", "due_at"),
    "admin_audit.listing": (*LISTS, "kind", "outcome", "period", "actor", "subject", "session"),
    "admin_clients.access": ("audience", "role_ids", "group_ids", "q"),
    "admin_clients.first_sign_in": ("looks",),
    "admin_clients.listing": (*LISTS, "state"),
    "admin_clients.new": NEW_CLIENT,
    "admin_clients.rotate": ("overlap_seconds",),
    "admin_clients.settings": (
        "client_name", "redirect_uris", "post_logout_redirect_uris", "scopes", "token_endpoint_auth_method",
        "id_token_signed_response_alg", "require_pkce", "require_consent", "client_uri", "logo_uri", "policy_uri",
        "tos_uri",
    ),
    "admin_explain.find_refusal": ("reference",),
    "admin_explain.question": ("who", "verb", "resource", "at", "ip", "client", "amr", "acr"),
    "admin_outbox.listing": (*LISTS, "state"),
    "admin_users.disable": ("reason",),
    "admin_users.listing": (*LISTS, "state"),
    "oauth.introspect": (*CLIENT, "token", "token_type_hint"),
    "oauth.revoke": (*CLIENT, "token", "token_type_hint"),
    "oauth.token": (*CLIENT, "grant_type", "code", "code_verifier", "redirect_uri", "refresh_token", "scope"),
    "oauth.userinfo": ("access_token",),
    "oauth_pages.authorize": (*REQUEST, "prompt", "max_age", "login_hint", "id_token_hint", "claims"),
    "oauth_pages.choose_account": ("flow", "account", "choice"),
    "oauth_pages.confirm_logout": ("id_token_hint", "client_id", "post_logout_redirect_uri", "state"),
    "oauth_pages.consent": ("flow", "account", "decision", "scope"),
    "oauth_pages.logout": ("id_token_hint", "client_id", "post_logout_redirect_uri", "state"),
    "oauth_pages.resume": ("flow",),
}  # fmt: skip
"""Routes that are not here take nothing."""


CONSTANT: Final[Mapping[str, tuple[str, ...]]] = {
    "audience": ("everyone", "roles"),
    "birthdate": ("1990-02-28", ""),
    "choice": ("continue", "other"),
    "claims": ('{"userinfo":{"email":null}}', '{"id_token":{"acr":{"values":["1"]}}}'),
    "client_name": ("Kestrel CI", "Ibis"),
    "client_uri": ("https://kestrel.example/", ""),
    "code_challenge": (challenge_of(VERIFIER),),
    "code_challenge_method": ("S256", "plain"),
    "code_verifier": (VERIFIER,),
    "current_password": (PASSWORD, "another one entirely"),
    "decision": ("allow", "deny"),
    "email": ("rosa@example.org", "nora@example.org"),
    "family_name": ("Diaz",),
    "gender": ("female", ""),
    "given_name": ("Rosa",),
    "grant_type": ("authorization_code", "refresh_token", "client_credentials", "password"),
    "id_token_signed_response_alg": ("RS256", "ES256"),
    "identifier": ("rosa@example.org", "rosa", "nobody"),
    "kind": ("web", "spa", "native", "service", "people", "sign-ins"),
    "locale": ("en", "pt-BR"),
    "login_hint": ("rosa@example.org",),
    "logo_uri": ("https://kestrel.example/logo.png", ""),
    "looks": ("0", "199"),
    "max_age": ("0", "3600"),
    "middle_name": ("", "Ana"),
    "name": ("Rosa Diaz",),
    "new_password": ("nine otters under a slow bridge",),
    "next": ("/account", "/admin/users"),
    "nickname": ("Ro", ""),
    "nonce": ("nonce-1",),
    "outcome": ("success", "failure"),
    "overlap_seconds": ("0", "86400"),
    "password": (PASSWORD, "nine otters under a slow bridge"),
    "period": ("1", "30"),
    "picture": ("https://example.org/me.png", ""),
    "policy_uri": ("https://kestrel.example/privacy", ""),
    "post_logout_redirect_uri": (LEFT,),
    "post_logout_redirect_uris": (LEFT, ""),
    "profile": ("https://example.org/me", ""),
    "prompt": ("none", "login", "consent", "select_account"),
    "q": ("rosa", "Kestrel"),
    "reason": ("Left the company",),
    "redirect_uri": (CALLBACK,),
    "redirect_uris": (CALLBACK, f"{CALLBACK}\nhttps://kestrel.example/other"),
    "require_consent": ("y", ""),
    "require_pkce": ("y", ""),
    "response_type": ("code", "token"),
    "scope": ("openid profile", SCOPE, "roles"),
    "scopes": ("openid", "offline_access"),
    "state": ("state-1", "active", "disabled", "waiting"),
    "theme": ("light", "dark", "system"),
    "token_endpoint_auth_method": ("client_secret_basic", "client_secret_post"),
    "token_type_hint": ("access_token", "refresh_token"),
    "tos_uri": ("https://kestrel.example/terms", ""),
    "username": ("rosa", "rosa.diaz"),
    "client": (NOBODYS_ID, "service-nobody"),
    "due_at": ("2031-12-24", ""),
    "who": ("rosa", "nobody"),
    "resource": ("user", "ledger"),
    "ip": ("192.0.2.7", "2001:db8::7"),
    "at": ("2026-11-23T08:30", ""),
    "amr": ("pwd otp", ""),
    "verb": ("read", "admin"),
    "acr": ("1", ""),
    "is_confirmed": ("yes", ""),
    "no-note": ("Ask your team lead",),
    "note": ("", "Still on the team"),
    "one": ("", f"keep:{NOBODYS_ID}", f"end:{NOBODYS_ID}"),
    "reference": ("", "req_nothing"),
    "reviewer": ("", "rosa"),
    "target": (f"role:{NOBODYS_ID}", f"group:{NOBODYS_ID}", "client:nothing"),
    "unused": ("90", ""),
    "verdict": ("keep", "end", "left"),
    "wished_until": ("2031-12-24", ""),
    "yes-give": (f"role:{NOBODYS_ID}", ""),
    "yes-note": ("", "Welcome"),
    "yes-until": ("2031-12-24", ""),
    "website": ("https://example.org", ""),
    "zoneinfo": ("Europe/Madrid", ""),
}
"""For every name above, what the portal expects there."""


def good_values(world: "Inhabited", *, flow: str, code: str) -> dict[str, tuple[str, ...]]:
    """All of them, with those that only this portal takes."""
    ids = (str(world.person.id), NOBODYS_ID)
    app, tokens = world.client, world.tokens
    return {
        **CONSTANT,
        **dict.fromkeys(("actor", "after", "before", "items", "role_ids", "session", "subject"), ids),
        "access_token": (tokens["access_token"], tokens["refresh_token"]),
        "account": (str(world.person.id), str(world.administrator.id)),
        "client_id": (app.client_id, "service-nobody"),
        "client_secret": (app.secret or "", "sec_x"),
        "code": (code, "123456"),
        "flow": (flow, NOBODYS_ID),
        "id_token_hint": (tokens["id_token"],),
        "refresh_token": (tokens["refresh_token"],),
        "token": (tokens["access_token"], tokens["refresh_token"]),
    }
