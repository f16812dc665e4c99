"""What can be wrong with a request about people."""

from portal.infra.errors import Forbidden, Invalid, NotFound


class UsernameTaken(Invalid):
    """Somebody has this username, in whatever spelling of upper and lower case."""

    code = "username_taken"

    def __init__(self) -> None:
        super().__init__("That username is taken. Choose another one.", field="username")


class EmailTaken(Invalid):
    """Somebody has this address. Said to operators, and to programs that register people, whose contract wants it;
    never on a page: a visitor would learn who has an account.
    """

    code = "email_taken"

    def __init__(self) -> None:
        super().__init__("Another account has that email address.", field="email")


class UserNotFound(NotFound):
    """There is no such person (any more)."""

    code = "user_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such user.")


class SignUpClosed(Forbidden):
    """Nobody can sign up by themselves here."""

    code = "sign_up_closed"

    def __init__(self) -> None:
        super().__init__("Here, an administrator creates the accounts. Ask yours for one.")
