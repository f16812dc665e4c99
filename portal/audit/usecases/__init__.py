"""What an actor asks of the audit log."""

from portal.audit.usecases.mail import read_mail

__all__ = ["read_mail"]
