"""What is worth remembering although nothing changed."""

from portal.infra.events import Event


class MailRead(Event):
    """An operator read somebody else's mail in the outbox. It may hold a link that lets its reader in."""

    label = "mail.read"
