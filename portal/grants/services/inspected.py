"""What is known of a token that somebody pasted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID

from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.lineages import Lineage, SignedInAs
from portal.grants.repository.personal_tokens import PersonalTokenStanding
from portal.grants.rules.token_forms import BY_APPS, Form

TIMES: Final = ("iat", "nbf", "auth_time", "exp", "updated_at")
ENDS: Final = {
    "expired": "Its time is over.",
    "used": "It has been used.",
    "revoked": "It was revoked.",
    "family_revoked": "Everything that came of this sign-in was revoked.",
    "before_ended": "A token that was handed in for it has ended.",
    "user_disabled": "The account is disabled.",
    "security_epoch": "The person signed out everywhere, or changed their password.",
    "grant_revoked": "The person or an operator has disconnected the app.",
    "client_disabled": "The app is disabled.",
    "client_was_disabled": "The app was disabled after it had been issued. That ends what an app holds for good.",
    "access_lost": "The person may not use the app any more.",
    "session_ended": "The session that it came from is over.",
    "untrue": "It says that the person holds something that they don't hold any more.",
    "gone": "Nothing of it is kept any more.",
    "forged": "The portal never signed it.",
    "foreign": "Another issuer made it, or so it says.",
}  # fmt: skip
USES: Final = {
    "Access token": "The portal accepts it from whoever shows it.",
    "Refresh token": "Its app can exchange it for new tokens.",
    "Personal access token": "Whoever shows it at the API acts as its person, as far as its scope goes and they may.",
    "Authorization code": "Its app can redeem it, once.",
    "ID token": "It is in time, and says who somebody was when it was issued.",
    "Logout token": "It tells an app that somebody has left. Nothing here takes it.",
}
USUAL_USE: Final = "The portal issued it. Nothing here takes it."
BOUND_USE: Final = "The portal accepts it from whoever proves the key that it is bound to."
TITLES: Final = {True: "Valid", False: "Not valid"}

Tone = Literal["success", "warning", "danger", ""]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What it comes to."""

    title: str
    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """Everything that can be said of one text. The text itself is not in here."""

    form: Form
    digest: str = ""
    """The beginning of its SHA-256, by which two people can tell that they speak of the same token. Empty for what is
    no token: of a password that was pasted by mistake not even that may be kept.
    """
    signature: str = ""
    is_ours: bool | None = None
    """Whether the portal made it; None where that can't be told."""
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    confirmation: Mapping[str, Any] = field(default_factory=dict)
    """The key that it is bound to (`jkt`, `x5t#S256`), or that it was made with."""
    end: str | None = None
    """Why it is worth nothing now, as a code; None while it counts."""
    ended_at: datetime | None = None
    family_id: UUID | None = None
    lineage: Lineage | None = None
    signed_in: SignedInAs | None = None
    """Where there is no family: the session that it names."""
    client: ClientSnapshot | None = None
    """Where there is no family: the app that it is of or for."""
    personal: PersonalTokenStanding | None = None
    """Of a token for a script: the token and its person."""

    @property
    def verdict(self) -> Verdict:
        """In words, for a page."""
        if self.end is not None:
            return Verdict(
                TITLES[False], ENDS.get(self.end, self.end), "danger" if self.end == "forged" else "warning"
            )
        if self.is_ours:
            use = USES.get(self.form.name, USUAL_USE)
            is_bound = self.form.name == "Access token" and self.confirmation
            return Verdict(TITLES[True], BOUND_USE if is_bound else use, "success")
        if self.form.kind is not None:
            return Verdict(
                "This is a secret, and no token of an app",
                "What it opens is none of this page's business: it is not looked up. If it still works, make a new one:"
                " whoever pasted it here has shown it around.",
                "warning",
            )
        if self.form.is_encrypted:
            return Verdict(
                "Only its reader can open it", "It is encrypted to a key that the portal doesn't have."
            )
        if self.form.name in BY_APPS:
            return Verdict(
                "An app's own word", "Apps make such tokens, for us to check. Nothing here can end it."
            )
        return Verdict("No token of this portal", "Nobody here made it, so nothing here can end it.")

    @property
    def times(self) -> list[tuple[str, datetime]]:
        """Those of its claims that are moments."""
        found = ((name, self.claims.get(name)) for name in TIMES)
        return [(name, at) for name, value in found if (at := moment_of(value)) is not None]


def moment_of(value: object) -> datetime | None:
    """A claim that counts seconds; None where it is none that a calendar has."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None
