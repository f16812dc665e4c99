"""A sentence of the log, told of the people and things that an entry names."""

from collections.abc import Mapping
from string import Formatter
from typing import Final, NamedTuple

from portal.audit.rules.sentences import words_of


class Piece(NamedTuple):
    """A stretch of a sentence; names are set off from the words around them."""

    text: str
    is_name: bool = False


_SOMETHING: Final = {
    "user": "somebody",
    "client": "an app",
    "role": "a role",
    "group": "a group",
    "resource": "a resource",
    "mail": "somebody",
}

# a sign-in under a name that nobody has is told as one of a person
_INSTEAD: Final = {"user": "identifier"}


def sentence(action: str, *, actor: str, named: Mapping[str, str], is_own: bool = False) -> tuple[Piece, ...]:
    """The action told of these people and things; `named` gives the label of a row for each type."""
    words = words_of(action)
    labels = {"actor": actor or "Somebody", **named}
    pieces = []
    for text, field, _, _ in Formatter().parse(words.own if is_own and words.own else words.text):
        if text:
            pieces.append(Piece(text))
        if field:
            label = labels.get(field) or labels.get(_INSTEAD.get(field, ""))
            pieces.append(Piece(label, is_name=True) if label else Piece(_SOMETHING.get(field, "something")))
    return tuple(pieces)
