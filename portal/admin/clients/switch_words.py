"""The settings of the protocol in plain words: a label and a sentence for each, under its name in the registries."""

from typing import Final

GROUP_TITLES: Final = {
    "sign-in": ("Sign-in", "What the app may ask for, and how it has to ask"),
    "proof": ("Proof of the app", "How the app proves who it is, and what its tokens are bound to"),
    "tokens": ("Tokens", "What the app is sent, and in which form"),
    "lifetimes": ("Lifetimes", "How long what it is sent works"),
    "logout": ("Logout", "How the app learns that somebody has left"),
    "about": ("About", "Who runs the app, and which software it is"),
}

WORDS: Final[dict[str, tuple[str, str]]] = {
    # sign-in
    "grant_types": ("Ways to tokens", "What the app may exchange for tokens. Leave out what it doesn't use."),
    "response_types": (
        "Answers of a sign-in",
        "What comes back through the browser. Only a code is safe to send there.",
    ),
    "require_pkce": (
        "Needs PKCE",
        "Turn it off only for an old app that can't do it; it must then send a nonce.",
    ),
    "require_pushed_authorization_requests": (
        "Has to push its requests",
        "The app hands each request in directly (PAR), so that nobody at the browser reads or changes it.",
    ),
    "require_signed_request_object": (
        "Has to sign its requests",
        "Each request comes as a JWT under one of the app's keys.",
    ),
    "request_object_signing_alg": (
        "Signature of its requests",
        "Only this one is taken. Without a choice, any that we support.",
    ),
    "request_uris": ("Addresses of its requests", "From where we may fetch a request, one address a line."),
    "default_max_age": (
        "A sign-in is too old after",
        "Seconds since the person proved who they are. Empty: never, unless the app asks.",
    ),
    "require_auth_time": ("Always tells when the person signed in", "Puts auth_time into every ID token."),
    "default_acr_values": (
        "Kind of sign-in that it prefers",
        "Classes in order, separated by spaces. They count where a request names none.",
    ),
    "authorization_details_types": (
        "Details that it may ask for",
        "Types of rich authorization requests (RFC 9396), one a line.",
    ),
    "initiate_login_uri": (
        "Where a sign-in can be started",
        "People who open the app from this portal are led here.",
    ),
    # proof
    "token_endpoint_auth_method": (
        "How it proves itself",
        "At the token endpoint, and wherever else it speaks for itself.",
    ),
    "jwks": ("Its public keys", "A JWK Set. Give either the keys themselves or their address below."),
    "jwks_uri": (
        "Address of its keys",
        "Fetched when it is needed and kept for a while, so the app can change keys by itself.",
    ),
    "token_endpoint_auth_signing_alg": (
        "Signature of its assertions",
        "Only this one is taken. Without a choice, any that we support.",
    ),
    "assertion_audience": (
        "Whom its assertions are for",
        "FAPI 2.0 takes the issuer only; older libraries name the token endpoint.",
    ),
    "tls_client_auth_subject_dn": (
        "Subject of its certificate",
        "As in RFC 4514. Give the subject or the DNS name, not both.",
    ),
    "tls_client_auth_san_dns": ("DNS name in its certificate", "One of its subject alternative names."),
    "dpop_bound_access_tokens": (
        "Tokens are bound to a key (DPoP)",
        "A stolen token is of no use without the app's key. The app proves it with each request.",
    ),
    "tls_client_certificate_bound_access_tokens": (
        "Tokens are bound to its certificate",
        "The same by mutual TLS.",
    ),
    # tokens
    "id_token_signed_response_alg": (
        "Signature of ID tokens",
        "RS256 is known to every library; ES256 is shorter and faster.",
    ),
    "access_token_format": (
        "Access tokens",
        "A JWT can be read by APIs. An opaque one says nothing by itself and has to be introspected.",
    ),
    "resources": ("APIs", "Addresses that its access tokens may be for, one a line, beside this portal."),
    "subject_type": (
        "How it knows people",
        "Pairwise: under a name that no app of another host can compare.",
    ),
    "sector_identifier_uri": (
        "Sector",
        "A document that lists redirect URIs of several hosts, which then know people under one name.",
    ),
    "authorization_signed_response_alg": (
        "Signature of answers (JARM)",
        "For answers of the modes that end in jwt.",
    ),
    "userinfo_signed_response_alg": (
        "Signature of userinfo",
        "With a choice the answer is a JWT, without it JSON.",
    ),
    "introspection_signed_response_alg": ("Signature of introspection", "For answers as a JWT (RFC 9701)."),
    "id_token_encrypted_response_alg": (
        "Key encryption of ID tokens",
        "Encrypts them to one of the app's keys.",
    ),
    "id_token_encrypted_response_enc": ("Content encryption of ID tokens", "Goes with the choice above."),
    "userinfo_encrypted_response_alg": (
        "Key encryption of userinfo",
        "Encrypts the answer to one of the app's keys.",
    ),
    "userinfo_encrypted_response_enc": ("Content encryption of userinfo", "Goes with the choice above."),
    "token_exchange": (
        "May exchange tokens",
        "With delegation, new tokens always say who acts; impersonation may leave that out.",
    ),
    "exchange_subjects": ("Whose tokens it may exchange", "Client IDs, one a line, beside its own."),
    "may_act": (
        "Who alone may act with its tokens",
        "One client ID. Its access tokens then name that app, and no other may exchange them.",
    ),
    "protected_resources": (
        "APIs that it is itself",
        "Addresses, one a line. It may ask what tokens for them are worth (introspection).",
    ),
    # lifetimes
    "access_token_seconds": ("Access tokens", "Seconds. Empty: as the portal is set."),
    "refresh_idle_seconds": ("Refresh tokens without use", "Seconds. Empty: as the portal is set."),
    "refresh_family_seconds": (
        "Refresh tokens in all",
        "Seconds from the sign-in, however often they are renewed. Empty: as the portal is set.",
    ),
    "refresh_rotation": (
        "Each refresh token works once",
        "A second use ends all of them: two parties hold it. Off only where tokens are bound to a key.",
    ),
    "refresh_grace_seconds": (
        "Grace for a lost answer",
        "Seconds in which the same refresh token may come once more.",
    ),
    # logout
    "backchannel_logout_uri": (
        "Call of the portal",
        "We tell the app here when somebody has left (back-channel).",
    ),
    "backchannel_logout_session_required": (
        "Needs the session in the call",
        "The logout token then always has a sid.",
    ),
    "frontchannel_logout_uri": (
        "Page in the browser",
        "Shown in a hidden frame when somebody leaves (front-channel).",
    ),
    "frontchannel_logout_session_required": ("Needs the session in the address", "Adds iss and sid."),
    # about
    "contacts": ("Contacts", "Mail addresses of those who run it, one a line."),
    "software_id": ("Software", "The same for every installation of it."),
    "software_version": ("Version", ""),
}

GRANT_TYPES: Final = {
    "authorization_code": "Authorization code",
    "implicit": "Implicit, for old OpenID apps only",
    "refresh_token": "Refresh token",
    "client_credentials": "The app's own credentials",
    "urn:ietf:params:oauth:grant-type:device_code": "Code typed on another device",
    "urn:ietf:params:oauth:grant-type:token-exchange": "Exchange of another token",
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "Signed assertion (service account)",
}
METHODS: Final = {
    "client_secret_basic": "Secret in the Authorization header",
    "client_secret_post": "Secret in the body",
    "private_key_jwt": "Assertion under its own key",
    "tls_client_auth": "Certificate of an authority",
    "self_signed_tls_client_auth": "Certificate of its own",
    "none": "None: a public app, which PKCE protects",
}
AUDIENCES: Final = {"issuer": "The issuer only", "issuer_or_endpoint": "The issuer or the endpoint"}
FORMATS: Final = {"jwt": "JWT", "opaque": "Opaque"}
SUBJECTS: Final = {"public": "Everywhere the same", "pairwise": "Pairwise"}
EXCHANGE: Final = {"none": "No", "delegation": "Delegation", "impersonation": "Impersonation"}


def label_of(name: str) -> str:
    """What the setting is called on pages."""
    return WORDS[name][0]


def value_in_words(value: object) -> str:
    """A setting's value, short enough for one line."""
    if value is None or value in ([], (), ""):
        return "nothing"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(str(one).removeprefix("urn:ietf:params:oauth:grant-type:") for one in value)
    return str(value)
