"""What can be wrong with a wish about roles."""

from portal.infra.errors import NotFound


class RoleUnknown(NotFound):
    """No role has that name."""

    code = "role_unknown"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no role “{name[:50]}”. Choose one from the list of roles.", field="role")
