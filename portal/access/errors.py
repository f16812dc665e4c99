"""What can be wrong with a wish about roles."""

from portal.infra.errors import Conflict, Forbidden, Invalid, NotFound


class RoleUnknown(NotFound):
    """No role has that name."""

    code = "role_unknown"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no role “{name[:50]}”. Choose one from the list of roles.", field="role")


class LastAdministrator(Conflict):
    """After this nobody could open the console any more, now or later by itself."""

    code = "last_administrator"

    def __init__(self) -> None:
        super().__init__(
            "After this no active administrator with a password would remain whose role has no end date. "
            "Make somebody else an administrator without an end date first, then try again."
        )


class OwnAccount(Conflict):
    """An operator was about to shut themselves out."""

    code = "own_account"

    def __init__(self) -> None:
        super().__init__("You can't disable your own account. Another administrator can.")


class RoleNotFound(NotFound):
    """There is no such role (any more)."""

    code = "role_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such role.")


class GroupNotFound(NotFound):
    """There is no such group, or none of this person's affair: the two look alike."""

    code = "group_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such group.")


class ResourceNotFound(NotFound):
    """There is no such resource (any more)."""

    code = "resource_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such resource.")


class NotHeld(NotFound):
    """The role, the membership or the duty that was to be changed is not there (any more)."""

    code = "not_held"


class NameTaken(Invalid):
    """Another role, group or resource is called that."""

    code = "name_taken"

    def __init__(self, what: str) -> None:
        super().__init__(f"Another {what} has that name. Choose another one.", field="name")


class PartOfThePortal(Conflict):
    """System roles and the portal's own rooms stay what its pages ask for."""

    code = "part_of_the_portal"


class ChangedMeanwhile(Conflict):
    """Somebody else was quicker: what the form showed is not so any more."""

    code = "changed_meanwhile"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Somebody changed this {what} after you had opened it. Look at what it says now, then make your change."
        )


class TooMuchToGive(Forbidden):
    """Nobody gives away more than they have."""

    code = "too_much_to_give"

    def __init__(self, message: str) -> None:
        super().__init__(message)


class AccessRequestNotFound(NotFound):
    """No such request, or none of this person's affair."""

    code = "access_request_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such request, or it is not yours to see.")


class NotRequestable(Invalid):
    """Nobody can ask for that here, or there is no such thing: the two look alike."""

    code = "not_requestable"

    def __init__(self) -> None:
        super().__init__("You can't ask for this here. Choose something from the list.", field="thing")


class AlreadyHeld(Invalid):
    """They have it."""

    code = "already_held"

    def __init__(self) -> None:
        super().__init__("You have this already. Nothing needs to be asked.", field="thing")


class AlreadyAsked(Invalid):
    """One open request for one thing is enough."""

    code = "already_asked"

    def __init__(self) -> None:
        super().__init__("You have asked for this already, and the answer is still to come.", field="thing")


class TooManyRequests(Invalid):
    """More open requests than a person has good reasons for."""

    code = "too_many_requests"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"You have {most} open requests. Wait for an answer, or withdraw one, before you ask for more."
        )


class RequestDecided(Conflict):
    """Somebody else was quicker."""

    code = "request_decided"

    def __init__(self, state: str) -> None:
        super().__init__(f"This request was {state} meanwhile. What you chose was not done.")


class NotYoursToDecide(Forbidden):
    """Nobody decides on what they asked for themselves, nor on what is no affair of theirs."""

    code = "not_yours_to_decide"

    def __init__(self, message: str) -> None:
        super().__init__(message)


class CannotBeGiven(Conflict):
    """It is gone, who asked is shut out, or it is more than whoever decides may give."""

    code = "cannot_be_given"

    def __init__(self, message: str) -> None:
        super().__init__(message)


class ReviewNotFound(NotFound):
    """No such review, or none of this person's affair."""

    code = "access_review_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such review, or it is not yours to see.")


class ReviewOver(Conflict):
    """A finished review stays as it is."""

    code = "access_review_over"

    def __init__(self) -> None:
        super().__init__("This review is finished. Start another one to look again.")


class NothingToReview(Invalid):
    """Nobody holds it, everybody does, or a review of it is under way."""

    code = "nothing_to_review"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="thing")


class PermissionMissing(Forbidden):
    """A guard said no. `reference` is the request under which the explanation is kept."""

    code = "permission_missing"

    def __init__(self, message: str, *, reference: str) -> None:
        super().__init__(message)
        self.reference = reference


class RefusalNotFound(NotFound):
    """No refusal is kept under that reference, or none of this person's: the two look alike."""

    code = "refusal_not_found"

    def __init__(self) -> None:
        super().__init__("No refusal is kept under this reference. Check that it is complete.")
