"""How an entry is told to a person, and how a row was at a moment. Pure; knows labels, not features."""

from portal.audit.rules.changes import Readable, readable
from portal.audit.rules.described import Described, described, only_what_differs, relation_name
from portal.audit.rules.families import GROUP_NAMES, actions_of, group_of
from portal.audit.rules.phrasing import Piece, sentence
from portal.audit.rules.sentences import SENTENCES, Words, words_of
from portal.audit.rules.states import Happened, Held, State, differ
from portal.audit.rules.timeline import AsOf, Timeline
from portal.audit.rules.vocabulary import actions_about, actions_of_neighbours

__all__ = [
    "GROUP_NAMES",
    "SENTENCES",
    "AsOf",
    "Described",
    "Happened",
    "Held",
    "Piece",
    "Readable",
    "State",
    "Timeline",
    "Words",
    "actions_about",
    "actions_of",
    "actions_of_neighbours",
    "described",
    "differ",
    "group_of",
    "only_what_differs",
    "readable",
    "relation_name",
    "sentence",
    "words_of",
]
