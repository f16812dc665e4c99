"""What happens when people sign in and out."""

from portal.infra.events import Event


class SignedIn(Event):
    """A session was opened or proved anew."""

    label = "user.signed_in"


class SignInFailed(Event):
    """Somebody was refused; `reason` says why, more plainly than the visitor was told."""

    label = "user.sign_in_failed"
    outcome = "failure"


class LockedOut(Event):
    """Wrong passwords in a row reached the limit: this account waits, for this kind of device."""

    label = "user.locked_out"
    outcome = "failure"


class SessionEnded(Event):
    """A session was ended before its time; what hangs on it without leave to outlive it has to end too."""

    label = "session.ended"
