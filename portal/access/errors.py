"""What can be wrong with a wish about roles."""

from portal.infra.errors import Conflict, NotFound


class RoleUnknown(NotFound):
    """No role has that name."""

    code = "role_unknown"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no role “{name[:50]}”. Choose one from the list of roles.", field="role")


class LastAdministrator(Conflict):
    """Without this person nobody could open the console any more."""

    code = "last_administrator"

    def __init__(self) -> None:
        super().__init__(
            "This is the last active administrator. Make somebody else an administrator first, then try again."
        )


class OwnAccount(Conflict):
    """An operator was about to shut themselves out."""

    code = "own_account"

    def __init__(self) -> None:
        super().__init__("You can't disable your own account. Another administrator can.")
