"""What happens to apps."""

from portal.infra.events import Event


class ClientRegistered(Event):
    """An app may ask the portal from now on."""

    label = "client.registered"


class ClientEdited(Event):
    """Settings of an app changed; whoever keeps a snapshot of it drops it."""

    label = "client.edited"


class ClientAccessChanged(Event):
    """Other people than before may use the app."""

    label = "client.access_changed"


class ClientTurnedAway(Event):
    """Somebody came from an app that is closed to them."""

    label = "client.turned_away"
    outcome = "failure"


class ClientRedirectRefused(Event):
    """A request named an address that is not registered for the app; `details` has it, cut short."""

    label = "client.redirect_refused"
    outcome = "failure"


class ClientSecretRotated(Event):
    """The app has a new secret; older ones end by themselves when the overlap is over."""

    label = "client.secret_rotated"


class ClientSecretRevoked(Event):
    """A secret of the app stopped working at once."""

    label = "client.secret_revoked"


class ClientVouchedFor(Event):
    """Somebody who may knows whose app it is; consent pages no longer call it unverified."""

    label = "client.vouched_for"


class ClientVouchWithdrawn(Event):
    """Nobody answers for the app any more; people are told again that it is unverified."""

    label = "client.vouch_withdrawn"


class ClientMetadataChanged(Event):
    """The app changed its own registration (RFC 7592), or the document that it is known by did."""

    label = "client.metadata_changed"


class InitialAccessTokenMade(Event):
    """Programs may register apps with it."""

    label = "initial_access_token.made"


class InitialAccessTokenRevoked(Event):
    """It lets nobody in any more; the apps that came with it stay."""

    label = "initial_access_token.revoked"


class ClientDisabled(Event):
    """The app is shut out: nobody signs in through it, and what it was issued is dead."""

    label = "client.disabled"


class ClientEnabled(Event):
    """The app may ask again."""

    label = "client.enabled"


class ClientDeleted(Event):
    """The app is gone, with its secrets and with everything that people allowed it."""

    label = "client.deleted"


CHANGES_OF_A_CLIENT = (
    ClientRegistered,
    ClientEdited,
    ClientVouchedFor,
    ClientVouchWithdrawn,
    ClientMetadataChanged,
    ClientAccessChanged,
    ClientSecretRotated,
    ClientSecretRevoked,
    ClientDisabled,
    ClientEnabled,
    ClientDeleted,
)
"""The client is the first row that each of them touched."""
