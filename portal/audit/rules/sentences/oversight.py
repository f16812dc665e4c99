"""Looking at the portal itself: its log, its mail, its limits."""

from collections.abc import Mapping
from typing import Final

from portal.audit.rules.sentences.words import Words

OVERSIGHT: Final[Mapping[str, Words]] = {
    "audit.exported": Words(
        text="{actor} exported entries of the audit log", icon="download", tone="warning"
    ),
    "audit.export_downloaded": Words(
        text="{actor} downloaded an export of the audit log", icon="download", tone="warning"
    ),
    "audit.export_deleted": Words(text="{actor} deleted an export of the audit log", icon="trash-2"),
    "audit.view_saved": Words(text="{actor} saved the view {saved_view}", icon="bookmark"),
    "audit.view_edited": Words(text="{actor} changed the view {saved_view}", icon="bookmark"),
    "audit.view_deleted": Words(text="{actor} deleted the view {saved_view}", icon="bookmark"),
    "history.restored": Words(
        text="{actor} put back an earlier state of {subject}", icon="history", tone="accent"
    ),
    "throttle.refused": Words(
        text="An address had to wait after too many tries", icon="timer", tone="danger"
    ),
    "history.broken": Words(
        text="The audit log was found changed behind the portal's back", icon="shield-alert", tone="danger"
    ),
    "history.verified": Words(text="{actor} verified the audit log", icon="shield-check", tone="success"),
    "history.pruned": Words(text="The oldest entries of the audit log were removed by age", icon="archive"),
    "history.person_erased": Words(
        text="{actor} erased what the audit log said of a person", icon="eraser", tone="warning"
    ),
    "work.retried": Words(
        text="{actor} had given-up background work tried again", icon="refresh-cw", tone="accent"
    ),
    "work.discarded": Words(
        text="{actor} discarded given-up background work", icon="trash-2", tone="warning"
    ),
    "mail.read": Words(text="{actor} read a mail to {mail}", icon="mail-open", tone="warning"),
}
