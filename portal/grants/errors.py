"""What can be wrong with a wish about grants and signing keys."""

from portal.infra.errors import Conflict, Invalid, NotFound, Unavailable


class GrantNotFound(NotFound):
    """The person has allowed no such thing, or has taken it back already."""

    code = "grant_not_found"

    def __init__(self) -> None:
        super().__init__("This app isn't connected to your account any more.")


class RequestAnswered(Conflict):
    """A pushed request has had its one answer (RFC 9126 section 7.3): in another window, or in another browser."""

    code = "request_answered"

    def __init__(self) -> None:
        super().__init__(
            "The app's request has been answered already. Go back to the app and start again there."
        )


class NoticeNotFound(NotFound):
    """The app was told no such thing, or so long ago that nobody remembers."""

    code = "logout_notice_not_found"

    def __init__(self) -> None:
        super().__init__("This sign-out call isn't kept any more.")


class FamilyNotFound(NotFound):
    """There are no such tokens (any more)."""

    code = "family_not_found"

    def __init__(self) -> None:
        super().__init__("Nothing of these tokens is kept any more.")


class PersonalTokenNotFound(NotFound):
    """The person has no such token."""

    code = "personal_token_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such personal access token.")


class TooManyPersonalTokens(Conflict):
    """One person's tokens are few enough to be looked through."""

    code = "too_many_personal_tokens"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"There are {most} personal access tokens already. Revoke one that isn't used any more."
        )


class SigningKeyMissing(Unavailable):
    """There is no key to sign with: the portal was never made ready, or the key was revoked without a successor."""

    code = "signing_key_missing"

    def __init__(self, algorithm: str) -> None:
        super().__init__(f"The portal has no {algorithm} key to sign with. An administrator has to make one.")


class SigningKeyBusy(Conflict):
    """The key is in a state in which this can't be done to it."""

    code = "signing_key_busy"

    def __init__(self) -> None:
        super().__init__("This key is revoked already.")


class SigningKeyNotFound(NotFound):
    """The portal has, and had, no such key."""

    code = "signing_key_not_found"

    def __init__(self) -> None:
        super().__init__("The portal has no signing key of this name.")


class SigningKeyKnown(Conflict):
    """The key, or its name, is in use here or was: two lives of one key could not be told apart."""

    code = "signing_key_known"


class SigningKeyRefused(Invalid):
    """What was to be imported is no key that the portal takes. The text says why, and nothing of the key."""

    code = "signing_key_refused"
