"""What can be wrong with a look into the memory of the house."""

from portal.infra.errors import Conflict, Invalid, NotFound


class EntryNotFound(NotFound):
    """There is no such entry."""

    code = "audit_entry_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such entry in the audit log.")


class MailNotFound(NotFound):
    """The outbox has no such mail."""

    code = "mail_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such mail in the outbox.")


class MailForgotten(Conflict):
    """The mail was sent, and what it said is not kept."""

    code = "mail_forgotten"

    def __init__(self) -> None:
        super().__init__("The mail server has taken this mail, so its text is no longer kept here.")


class MailSealed(Conflict):
    """The mail is there and can't be opened."""

    code = "mail_sealed"

    def __init__(self) -> None:
        super().__init__(
            "This mail was sealed under another master key (PORTAL_MASTER_KEY), so it can't be opened here."
        )


class WorkNotFound(NotFound):
    """The outbox promises no such work."""

    code = "work_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such work; what was done or given up long ago is no longer kept.")


class WorkNotGivenUp(Conflict):
    """It is still waiting, or done."""

    code = "work_not_given_up"

    def __init__(self) -> None:
        super().__init__("This work is not given up: it is done, or will be tried by itself.")


class ViewNotFound(NotFound):
    """There is no such view, or it is somebody else's own."""

    code = "saved_view_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such saved view, or it is not yours to change.")


class ViewNameTaken(Conflict):
    """Somebody has a view of this name already."""

    code = "saved_view_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"You have a view named “{name}” already. Choose another name.", field="name")


class TooManyViews(Conflict):
    """Somebody keeps as many views as one may."""

    code = "too_many_saved_views"

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} saved views, which is the most. Delete one first.", field="name")


class ExportNotFound(NotFound):
    """There is no such export of this person's, or not any more."""

    code = "audit_export_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such export. Its file is kept for a day, for whoever asked for it.")


class ExportNotReady(Conflict):
    """The file is still being written, or never was."""

    code = "audit_export_not_ready"

    def __init__(self) -> None:
        super().__init__("There is no file yet. Wait until the export is done.")


class ExportTooLong(Invalid):
    """More entries than one file may have."""

    code = "audit_export_too_long"

    def __init__(self, most: int) -> None:
        super().__init__(f"These are more than {most:,} entries. Choose a shorter period, or fewer kinds.")


class TooManyExports(Conflict):
    """Whoever asks has enough files here already."""

    code = "audit_exports_too_many"

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} exports already. Take what you need of them and delete one.")
