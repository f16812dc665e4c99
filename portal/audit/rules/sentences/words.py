"""How an action is told."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Words:
    """How an action is told. `own` is for people who did it to themselves; icon and tone are the page's."""

    text: str
    own: str = ""
    icon: str = "circle-dot"
    tone: str = ""
