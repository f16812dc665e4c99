"""What happens to grants, to what descends from them, and to the keys that sign it."""

from portal.infra.events import Event


class ConsentGranted(Event):
    """A person allowed an app something, for the first time or more than before."""

    label = "consent.granted"


class ConsentDenied(Event):
    """A person looked at what an app asked for, and said no."""

    label = "consent.denied"


class ConsentRevoked(Event):
    """What a person had allowed an app is taken back; every code and token of it is dead."""

    label = "consent.revoked"


class SignedInToApp(Event):
    """The portal told an app who is there: an authorization code is on its way."""

    label = "client.signed_in"


class TokensIssued(Event):
    """An app got an access token; `details` names the grant type and the scope."""

    label = "tokens.issued"


class TokenExchanged(Event):
    """An app got a token for another one (RFC 8693). Touched are whom it is about, the app, and the person who acts, if
    that is one; `details` says how.
    """

    label = "tokens.exchanged"


class ExchangeRefused(Event):
    """A genuine token was handed in by an app, or on behalf of somebody, that may not have another one for it."""

    label = "tokens.exchange_refused"
    outcome = "failure"


class CodeReplayed(Event):
    """A code was redeemed a second time by who could redeem it: all that was issued for it is revoked."""

    label = "code.replayed"
    outcome = "failure"


class CodeRefused(Event):
    """A genuine code came from the wrong app, with the wrong verifier or to the wrong address; it stays unused."""

    label = "code.refused"
    outcome = "failure"


class RefreshReused(Event):
    """A refresh token came a second time, so two parties hold it: the whole chain is revoked."""

    label = "refresh.reused"
    outcome = "failure"


class TokensRevoked(Event):
    """An app gave a token back (RFC 7009)."""

    label = "tokens.revoked"


class EncryptionKeyMissing(Event):
    """An app asks for encrypted tokens and has no key for them, so it got none."""

    label = "tokens.key_missing"
    outcome = "failure"


class TokenInspected(Event):
    """An operator looked at a token; `details` has its kind and the beginning of its digest, never the token."""

    label = "tokens.inspected"


class TokensEnded(Event):
    """An operator ended every token of one sign-in to an app."""

    label = "tokens.ended"


class PersonalTokenMade(Event):
    """A person made a token for a script of theirs."""

    label = "tokens.personal_made"


class PersonalTokenRevoked(Event):
    """A personal access token counts no more; `reason` says why."""

    label = "tokens.personal_revoked"


class ClientRefused(Event):
    """Somebody spoke for an app and could not prove it."""

    label = "client.refused"
    outcome = "failure"


class SignedOutByApp(Event):
    """A person signed out in an app, and with it here (RP-initiated logout)."""

    label = "client.signed_out"


class LogoutRepeated(Event):
    """An operator has an app told once more that somebody has left."""

    label = "client.logout_repeated"


class SignInSimulated(Event):
    """An operator looked at what an app would be told of somebody; nothing was issued."""

    label = "client.sign_in_simulated"


class SigningKeysChanged(Event):
    """The JWKS is another one from now on."""


class SigningKeysCreated(SigningKeysChanged):
    """The issuer's first keys of an algorithm exist."""

    label = "keys.created"


class SigningKeyRotated(SigningKeysChanged):
    """The next key signs from now on, and there is a new next one."""

    label = "keys.rotated"


class SigningKeyImported(SigningKeysChanged):
    """A key that was made elsewhere signs here soon, or verifies what it signed there."""

    label = "keys.imported"


class SigningKeyForgotten(SigningKeysChanged):
    """A key that signs no more has left the JWKS by age: all that it signed is over."""

    label = "keys.forgotten"


class SigningKeyRevoked(SigningKeysChanged):
    """A key is gone from the JWKS; nothing that it signed counts any more."""

    label = "keys.revoked"
