"""How an entry is told to a person: a sentence, and what changed. Pure; knows labels, not features."""

from portal.audit.rules.changes import Readable, readable
from portal.audit.rules.sentences import (
    GROUP_NAMES,
    SENTENCES,
    Piece,
    Words,
    actions_of,
    group_of,
    sentence,
    words_of,
)

__all__ = [
    "GROUP_NAMES",
    "SENTENCES",
    "Piece",
    "Readable",
    "Words",
    "actions_of",
    "group_of",
    "readable",
    "sentence",
    "words_of",
]
