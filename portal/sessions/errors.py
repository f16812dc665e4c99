"""What can be wrong with a request about sessions."""

from portal.infra.errors import NotFound


class SessionNotFound(NotFound):
    """There is no such live session of this person."""

    code = "session_not_found"

    def __init__(self) -> None:
        super().__init__("That session has ended already.")
