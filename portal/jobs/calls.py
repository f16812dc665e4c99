"""What the worker does outside of the house, and outside of any transaction: mail, files, calls."""

import os

from portal.bootstrap import Portal
from portal.infra.fetch import FetchFailed
from portal.infra.outbox import OutboxMessage


def send_mail(portal: Portal, message: OutboxMessage) -> None:
    with portal.ports.traces.calling("send mail", {"network.protocol.name": "smtp"}):
        portal.mailer.send(portal.ports.letters.open(message))


def append_checkpoint(portal: Portal, message: OutboxMessage) -> None:
    """One line more, on the disk when this returns. A line that comes twice does no harm.

    Raises:
        OSError: the file can't be written; it is tried again.
    """
    path = portal.settings.audit_checkpoint_file
    if path is None:
        return
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(handle, f"{message.payload['line']}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def post_checkpoint(portal: Portal, message: OutboxMessage) -> None:
    """Any answer of the kind "good" will do.

    Raises:
        FetchRefused, FetchFailed: it did not arrive, or was not taken.
    """
    address = portal.settings.audit_checkpoint_webhook
    if address is None:
        return
    body = message.payload["line"].encode()
    answer = portal.ports.fetcher.post(address, body=body, content_type="application/json")
    if not 200 <= answer.status < 300:
        raise FetchFailed("status", f"The server answered {answer.status}.")
