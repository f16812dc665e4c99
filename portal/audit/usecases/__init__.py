"""What an actor asks of the audit log."""

from portal.audit.usecases.erasure import erase_person
from portal.audit.usecases.exports import note_export
from portal.audit.usecases.mail import read_mail
from portal.audit.usecases.restoring import note_restored
from portal.audit.usecases.views import delete_view, edit_view, save_view

__all__ = [
    "delete_view",
    "edit_view",
    "erase_person",
    "note_export",
    "note_restored",
    "read_mail",
    "save_view",
]
