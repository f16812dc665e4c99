"""What an actor asks of the audit log."""

from portal.audit.usecases.exports import note_export
from portal.audit.usecases.mail import read_mail
from portal.audit.usecases.views import delete_view, edit_view, save_view

__all__ = ["delete_view", "edit_view", "note_export", "read_mail", "save_view"]
