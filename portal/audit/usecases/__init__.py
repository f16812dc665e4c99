"""What an actor asks of the audit log."""

from portal.audit.usecases.erasure import erase_person
from portal.audit.usecases.exports import drop_export, note_export, start_export, take_export
from portal.audit.usecases.mail import read_mail
from portal.audit.usecases.restoring import note_restored
from portal.audit.usecases.views import delete_view, edit_view, save_view
from portal.audit.usecases.work import discard_work, retry_given_up, retry_work

__all__ = [
    "delete_view",
    "discard_work",
    "drop_export",
    "edit_view",
    "erase_person",
    "note_export",
    "note_restored",
    "read_mail",
    "retry_given_up",
    "retry_work",
    "save_view",
    "start_export",
    "take_export",
]
