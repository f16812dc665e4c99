"""What a question may cost, known before anything is done for it (SECURITY.md C-13, D3.17).

Fragments are measured once, however often they are spread, so that 2 to the power of ten costs nothing to refuse; what
they hold counts at every spread.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from portal.infra.errors import Invalid

MOST_CHARACTERS: Final = 20_000
MOST_TOKENS: Final = 2_000
MOST_COMMENTS: Final = 200
MOST_DEPTH: Final = 10
MOST_INTROSPECTION_DEPTH: Final = 20
MOST_FIELDS: Final = 300
MOST_REPEATS: Final = 40
"""Fields of one name: the validation compares each with each."""
MOST_ALIASES: Final = 30
MOST_SPREADS: Final = 40
MOST_DIRECTIVES: Final = 30
MOST_QUERIES: Final = 10
MOST_MUTATIONS: Final = 5
MOST_COST: Final = 10_000
"""Objects, roughly: a hundred people with five roles of ten permissions each are 5,700."""
MOST_PAGE: Final = 100
DEFAULT_PAGE: Final = 20
_TURNS_BACK: Final = 40
"""However it is nested, nothing is followed further down than this."""

USUAL: Final[Mapping[str, int]] = {
    "edges": 1,  # counted by the page that they are of
    "roles": 5, "permissions": 10,
    "types": 10, "fields": 4, "args": 2, "inputFields": 2, "enumValues": 1, "possibleTypes": 1, "interfaces": 1,
    "directives": 3, "locations": 1,
}  # fmt: skip
"""How many of a list there usually are. A test sees to it that no list of the schema is missing."""
DEAR: Final[Mapping[str, int]] = {"login": 6_000, "register": 6_000}
"""What hashes a password: once for one request, so that aliases try no hundred passwords at once."""
PAGED: Final = frozenset({"users"})
_INTROSPECTION: Final = frozenset({"__schema", "__type"})


class TooMuch(Invalid):
    """The question asks for more than one request may."""

    code = "query_too_large"


@dataclass(slots=True)
class Size:
    """What a set of selections comes to, with all that is spread into it."""

    height: int = 0
    fields: int = 0
    aliases: int = 0
    spreads: int = 0
    directives: int = 0
    cost: int = 0
    introspects: bool = False

    def add(self, other: "Size", *, times: int = 1) -> None:
        """Beside what is here already; `times` is how many objects of it there are."""
        self.fields += other.fields
        self.aliases += other.aliases
        self.spreads += other.spreads
        self.directives += other.directives
        self.cost += other.cost * times
        self.introspects = self.introspects or other.introspects


@dataclass(slots=True)
class Measure:
    """Measures one document, with the variables that came along."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    _known: dict[str, Size] = field(default_factory=dict)
    _names: Counter[str] = field(default_factory=Counter)
    _open: set[str] = field(default_factory=set)

    def of(self, selections: SelectionSetNode | None, level: int = 0) -> Size:
        """Total over any document, also one that spreads a fragment into itself; the validation refuses that."""
        if level > _TURNS_BACK:
            raise TooMuch(f"The query is nested more than {MOST_DEPTH} deep.", code="query_too_deep")
        size = Size()
        for one in selections.selections if selections else ():
            size.directives += len(one.directives or ())
            match one:
                case FieldNode():
                    self._field(size, one, level)
                case InlineFragmentNode():
                    size.spreads += 1
                    inner = self.of(one.selection_set, level + 1)
                    size.height = max(size.height, inner.height)
                    size.add(inner)
                case FragmentSpreadNode():
                    size.spreads += 1
                    inner = self._fragment(one.name.value, level)
                    size.height = max(size.height, inner.height)
                    size.add(inner)
            _check(size)
        return size

    def _field(self, size: Size, node: FieldNode, level: int) -> None:
        inner, name = self.of(node.selection_set, level + 1), node.name.value
        self._count(node.alias.value if node.alias else name)
        times = self._page(node) if name in PAGED else USUAL.get(name, 1)
        size.fields += 1
        size.aliases += node.alias is not None
        size.cost += DEAR.get(name, times if node.selection_set else 0)
        size.add(inner, times=times)
        if name in _INTROSPECTION:
            size.introspects = True
            _check_depth(inner.height, MOST_INTROSPECTION_DEPTH)
            inner.height = 0
        size.height = max(size.height, inner.height + 1)

    def _count(self, name: str) -> None:
        self._names[name] += 1
        if self._names[name] > MOST_REPEATS:
            raise TooMuch(f"The query names “{name[:50]}” more than {MOST_REPEATS} times.")

    def _fragment(self, name: str, level: int) -> Size:
        if name in self._known:
            return self._known[name]
        fragment = self.fragments.get(name)
        if fragment is None or name in self._open:
            return Size()
        self._open.add(name)
        size = self.of(fragment.selection_set, level + 1)
        self._open.discard(name)
        self._known[name] = size
        return size

    def _page(self, node: FieldNode) -> int:
        """How many the page may hold. One that is too large is refused where it is answered, by its name."""
        for argument in node.arguments or ():
            if argument.name.value == "size":
                value: object = DEFAULT_PAGE
                if isinstance(argument.value, IntValueNode) and len(argument.value.value) < 10:
                    value = int(argument.value.value)
                elif isinstance(argument.value, VariableNode):
                    # one that is left out takes its default, which may be anything
                    value = self.variables.get(argument.value.name.value, MOST_PAGE)
                return min(max(value, 1), MOST_PAGE) if isinstance(value, int) else MOST_PAGE
        return DEFAULT_PAGE


def check_size(document: DocumentNode, variables: Mapping[str, Any]) -> Size:
    """What the whole document comes to.

    Raises:
        TooMuch
    """
    definitions: Sequence[object] = document.definitions
    fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
    measure, whole = Measure(fragments, variables), Size()
    for one in definitions:
        if isinstance(one, OperationDefinitionNode):
            size = measure.of(one.selection_set)
            _check_depth(size.height, MOST_DEPTH)
            _check_roots(one)
            size.directives += len(one.directives or ())
            size.directives += sum(len(each.directives or ()) for each in one.variable_definitions or ())
            whole.add(size)
        elif isinstance(one, FragmentDefinitionNode):
            whole.directives += len(one.directives or ())
            measure._fragment(one.name.value, 0)  # noqa: SLF001 - measured too where nothing spreads it
    _check(whole)
    return whole


def _check(size: Size) -> None:
    for amount, most, what in (
        (size.fields, MOST_FIELDS, "fields"),
        (size.aliases, MOST_ALIASES, "aliases"),
        (size.spreads, MOST_SPREADS, "fragment spreads"),
        (size.directives, MOST_DIRECTIVES, "directives"),
    ):
        if amount > most:
            raise TooMuch(f"The query has more than {most} {what}, counted wherever fragments are spread.")
    if size.cost > MOST_COST:
        raise TooMuch(
            f"The query could answer with more than {MOST_COST:,} objects. Ask for smaller pages, or for less of each.",
            code="query_too_costly",
        )


def _check_depth(height: int, most: int) -> None:
    if height > most:
        raise TooMuch(f"The query is nested more than {most} deep.", code="query_too_deep")


def _check_roots(operation: OperationDefinitionNode) -> None:
    is_mutation = operation.operation.value == "mutation"
    most = MOST_MUTATIONS if is_mutation else MOST_QUERIES
    if len(operation.selection_set.selections) > most:
        what = "mutations" if is_mutation else "questions"
        raise TooMuch(f"One request holds at most {most} {what}.")
