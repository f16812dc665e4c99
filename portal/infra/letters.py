"""Letters: mails written from templates, sealed into the outbox inside a transaction, opened and sent by
the worker.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.infra.crypto.sealing import Sealer
from portal.infra.ids import new_id
from portal.infra.mail import Message

if TYPE_CHECKING:
    from portal.infra.outbox import OutboxMessage
    from portal.infra.unit_of_work import UnitOfWork

MAIL = "mail"
TEMPLATES = Path(__file__).parents[2] / "templates"


class Letters:
    """Writes mails. A template `email/<name>.txt` has the blocks `subject` and `body`; its twin `.html` has
    `body`.
    """

    def __init__(self, sealer: Sealer, *, portal_name: str, base_url: str) -> None:
        self._sealer = sealer
        self._host = base_url.partition("://")[2].partition(":")[0]
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(portal_name=portal_name, base_url=base_url)

    def send(self, uow: "UnitOfWork", template: str, *, to: str, context: Mapping[str, Any]) -> None:
        """Write the mail now and promise it. Links with tokens leave the transaction only under the seal."""
        message = self.write(template, to=to, context=context)
        row_id = new_id()
        sealed = self._sealer.seal(orjson.dumps(asdict(message)), _context(row_id))
        uow.enqueue(
            MAIL,
            {"to": to, "template": template, "sealed": sealed},  # not the subject: a code may stand in it
            message_id=row_id,
        )

    def write(self, template: str, *, to: str, context: Mapping[str, Any]) -> Message:
        """The finished mail: subject on one line, text and HTML twins, and an id that repeats on every
        retry.
        """
        head, _, text = self._render(f"{template}.txt", context).partition("\n\n")
        return Message(
            to=to,
            subject=" ".join(head.removeprefix("Subject:").split()),
            text=text.lstrip("\n"),
            html=self._render(f"{template}.html", context),
            message_id=f"<{new_id().hex}@{self._host}>",
        )

    def _render(self, name: str, context: Mapping[str, Any]) -> str:
        return self._templates.get_template(f"email/{name}").render(context).strip() + "\n"

    def open(self, queued: "OutboxMessage") -> Message:
        """The mail that a queued message carries, for the worker and for the administrator's outbox page."""
        return Message(**orjson.loads(self._sealer.open(queued.payload["sealed"], _context(queued.id))))


def _context(row_id: UUID) -> str:
    return f"outbox_messages|payload|{row_id}"
