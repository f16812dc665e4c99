"""What can be wrong with a wish about apps."""

from portal.infra.errors import Conflict, Forbidden, Invalid, Limited, NotFound


class ClientNotFound(NotFound):
    """There is no such client (any more)."""

    code = "client_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such app.")


class SecretNotFound(NotFound):
    """The client has no such secret that still works."""

    code = "client_secret_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such secret, or it doesn't work any more.")


class PublicClient(Conflict):
    """A public client (RFC 6749 section 2.1) was to be given a secret."""

    code = "client_public"

    def __init__(self) -> None:
        super().__init__(
            "An app of this kind can't keep a secret, so it has none. PKCE protects its sign-ins."
        )


class RegisteredHere(Conflict):
    """An administrator was to take back their word for an app that an administrator registered."""

    code = "client_registered_here"

    def __init__(self) -> None:
        super().__init__("An administrator registered this app, so its people need nobody's word for it.")


class UnknownRole(Invalid):
    """One of the chosen roles is gone."""

    code = "role_unknown"

    def __init__(self) -> None:
        super().__init__("One of these roles no longer exists. Choose again.", field="role_ids")


class UnknownGroup(Invalid):
    """One of the chosen groups is gone."""

    code = "group_unknown"

    def __init__(self) -> None:
        super().__init__("One of these groups no longer exists. Choose again.", field="group_ids")


class InitialAccessTokenNotFound(NotFound):
    """There is no such initial access token."""

    code = "initial_access_token_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such token.")


class InitialAccessRefused(Forbidden):
    """Somebody wanted to register an app with a token that lets nobody in (any more)."""

    code = "initial_access_refused"

    def __init__(self) -> None:
        super().__init__("The initial access token is unknown, revoked, expired or used up.")


class TooManyStrangers(Limited):
    """More apps that nobody knows came in a day than anybody could look at."""

    code = "too_many_registrations"

    def __init__(self, *, retry_after_seconds: int) -> None:
        super().__init__(
            "Too many apps have registered themselves today.", retry_after_seconds=retry_after_seconds
        )
