"""What happens to apps, what people do with them, and what they are issued."""

from collections.abc import Mapping
from typing import Final

from portal.audit.rules.sentences.words import Words

APPS: Final[Mapping[str, Words]] = {
    "client.registered": Words(
        text="{actor} registered the app {client}", icon="layout-grid", tone="success"
    ),
    "client.edited": Words(text="{actor} changed settings of {client}", icon="settings-2", tone="accent"),
    "client.access_changed": Words(
        text="{actor} changed who may use {client}", icon="badge-check", tone="accent"
    ),
    "client.secret_rotated": Words(text="{actor} made a new secret for {client}", icon="refresh-cw"),
    "client.secret_revoked": Words(
        text="{actor} revoked a secret of {client}", icon="key-round", tone="danger"
    ),
    "client.vouched_for": Words(
        text="{actor} vouched for the app {client}", icon="badge-check", tone="success"
    ),
    "client.vouch_withdrawn": Words(
        text="{actor} no longer vouches for the app {client}", icon="badge-alert", tone="warning"
    ),
    "client.metadata_changed": Words(
        text="The app {client} changed its own settings", icon="settings-2", tone="accent"
    ),
    "initial_access_token.made": Words(
        text="{actor} made a token with which apps can register themselves", icon="key-round", tone="warning"
    ),
    "initial_access_token.revoked": Words(
        text="{actor} revoked a token with which apps could register themselves", icon="key-round"
    ),
    "client.disabled": Words(text="{actor} disabled the app {client}", icon="circle-pause", tone="danger"),
    "client.enabled": Words(
        text="{actor} enabled the app {client} again", icon="circle-play", tone="success"
    ),
    "client.deleted": Words(text="{actor} removed the app {client}", icon="trash-2", tone="danger"),
    "client.sign_in_simulated": Words(
        text="{actor} simulated a sign-in of {user} to {client}", icon="route", tone="accent"
    ),
    "client.signed_in": Words(text="{user} signed in to {client}", icon="log-in"),
    "client.signed_out": Words(text="{user} signed out in {client}", icon="log-out"),
    "client.logout_repeated": Words(
        text="{actor} had {client} told once more that {user} signed out", icon="send", tone="accent"
    ),
    "client.turned_away": Words(
        text="{user} came from {client}, which is closed to them", icon="lock-keyhole", tone="warning"
    ),
    "client.redirect_refused": Words(
        text="A request for {client} named an address that isn't registered", icon="route-off", tone="danger"
    ),
    "client.refused": Words(
        text="Somebody spoke for {client} and could not prove it", icon="shield-x", tone="danger"
    ),
    "consent.granted": Words(text="{user} allowed {client} to use their account", icon="handshake"),
    "consent.denied": Words(text="{user} said no to {client}", icon="hand"),
    "consent.revoked": Words(
        text="{actor} disconnected {client} from {user}", own="{actor} disconnected {client}", icon="unplug"
    ),
    "tokens.issued": Words(text="{client} got an access token", icon="ticket"),
    "tokens.exchanged": Words(
        text="{client} exchanged a token of {user} for another", icon="repeat", tone="accent"
    ),
    "tokens.exchange_refused": Words(
        text="{client} was refused another token for one of {user}", icon="shield-x", tone="danger"
    ),
    "tokens.key_missing": Words(
        text="{client} asks for encrypted tokens and has no key for them", icon="key-round", tone="danger"
    ),
    "tokens.personal_made": Words(
        text="{actor} made the personal access token {personal_token} for {user}",
        own="{actor} made the personal access token {personal_token}",
        icon="key-square",
        tone="warning",
    ),
    "tokens.personal_revoked": Words(
        text="{actor} revoked the personal access token {personal_token} of {user}",
        own="{actor} revoked their personal access token {personal_token}",
        icon="ticket-x",
    ),
    "tokens.inspected": Words(text="{actor} looked at a token", icon="search"),
    "tokens.ended": Words(
        text="{actor} ended the tokens of {user} at {client}", icon="ticket-x", tone="warning"
    ),
    "tokens.revoked": Words(text="{client} gave a token back", icon="ticket-x"),
    "code.refused": Words(text="A code for {client} was refused", icon="shield-x", tone="danger"),
    "code.replayed": Words(
        text="A code for {client} came twice; its tokens were revoked", icon="shield-alert", tone="danger"
    ),
    "refresh.reused": Words(
        text="A refresh token of {client} came twice; its chain was revoked",
        icon="shield-alert",
        tone="danger",
    ),
    "keys.created": Words(text="{actor} made signing keys", icon="key-round", tone="success"),
    "keys.rotated": Words(text="{actor} rotated to {signing_key}", icon="refresh-cw", tone="success"),
    "keys.revoked": Words(
        text="{actor} revoked the signing key {signing_key}", icon="shield-x", tone="danger"
    ),
    "keys.imported": Words(
        text="{actor} imported the signing key {signing_key}", icon="upload", tone="warning"
    ),
    "keys.forgotten": Words(text="The signing key {signing_key} was dropped by age", icon="archive"),
}
