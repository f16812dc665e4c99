"""What happens to people's accounts."""

from portal.infra.events import Event


class UserCreated(Event):
    """An account exists; whoever gives new accounts their default role follows this."""

    label = "user.created"


class SignUpStarted(Event):
    """Somebody asked for an account under an address that is still to be proved."""

    label = "user.sign_up_started"


class EmailCodeRefused(Event):
    """A wrong code was given for an address."""

    label = "user.email_code_refused"
    outcome = "failure"


class RecoveryAsked(Event):
    """Somebody asked for a recovery link; said of every address alike, known or not."""

    label = "user.recovery_asked"


class RecoveryRefused(Event):
    """A recovery link was used that is used up, replaced, too old or of nobody."""

    label = "user.recovery_refused"
    outcome = "failure"


class PasswordReplaced(Event):
    """Whoever set it has not given the old one, so guesses at that count for nothing any more."""


class PasswordReset(PasswordReplaced):
    """A new password was set by a mailed link."""

    label = "user.password_reset"


class PasswordChanged(Event):
    """A new password was set by someone who gave the old one."""

    label = "user.password_changed"


class PasswordSet(PasswordReplaced):
    """Somebody at the host gave an account another password."""

    label = "user.password_set"


class PasswordLinkMade(Event):
    """Somebody at the host got a link by which the owner of an account sets a password."""

    label = "user.password_link_made"


class EmailChangeAsked(Event):
    """Somebody who gave the password wants the account to have another address; `details` names it."""

    label = "user.email_change_asked"


class EmailChangeRefused(Event):
    """A link to a new address was used that is used up, replaced, too old or of another account."""

    label = "user.email_change_refused"
    outcome = "failure"


class EmailVerified(Event):
    """The address that the account has had all along is proved now."""

    label = "user.email_verified"


class EmailChanged(Event):
    """The account has another address, which was proved."""

    label = "user.email_changed"


class ProfileEdited(Event):
    """Names and claims of a person changed."""

    label = "user.profile_edited"


class UserDisabled(Event):
    """Every way in is shut, and everything open has ended."""

    label = "user.disabled"


class UserEnabled(Event):
    """The person may sign in again."""

    label = "user.enabled"


class UserDeleted(Event):
    """The account is gone, and all that hung on it. Its id is never given to anybody else."""

    label = "user.deleted"


class RecoverySent(Event):
    """An operator sent a recovery link."""

    label = "user.recovery_sent"


class CrowdInvented(Event):
    """Invented people came, to try the portal at size; they are too many for an entry each."""

    label = "users.crowd_invented"


class UsersExported(Event):
    """Somebody took a file of people; `details` has the filter and how many there were."""

    label = "users.exported"


class UserInvited(Event):
    """A link by which somebody sets the first password of their account is on its way."""

    label = "user.invited"
