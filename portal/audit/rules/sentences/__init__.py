"""Every action as a sentence. A name in braces is a row by its type; {actor} is who did it."""

from collections.abc import Mapping
from typing import Final

from portal.audit.rules.sentences.access import ACCESS
from portal.audit.rules.sentences.apps import APPS
from portal.audit.rules.sentences.oversight import OVERSIGHT
from portal.audit.rules.sentences.people import PEOPLE
from portal.audit.rules.sentences.words import Words

__all__ = ["SENTENCES", "Words", "words_of"]

SENTENCES: Final[Mapping[str, Words]] = {**PEOPLE, **ACCESS, **APPS, **OVERSIGHT}


def words_of(action: str) -> Words:
    """The action's words; one that has none is told by its own name rather than not at all."""
    return SENTENCES.get(action) or Words(text=f"{{actor}}: {action.replace('.', ' ').replace('_', ' ')}")
