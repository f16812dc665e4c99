"""Text without regard to case, ordered by code points: the same on both databases, and good for ranges."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_HIGHEST = "\U0010ffff"


class folded(FunctionElement[str]):  # noqa: N801 - reads as the SQL function that it is
    """Lower case. On PostgreSQL under the collation "C", because only there the beginnings of texts are a range."""

    type = String()
    name = "folded"
    inherit_cache = True


@compiles(folded)
def _plain(element: folded, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(folded, "postgresql")
def _by_code_points(element: folded, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f'(lower({compiler.process(element.clauses, **options)}) COLLATE "C")'


def begins_with(text: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    """As a range, which every database reads off an index; `beginning` is folded already."""
    return (text >= beginning) & (text < beginning + _HIGHEST)


class holds(FunctionElement[bool]):  # noqa: N801
    """Whether a text has another one somewhere inside, without regard to case; that one is folded already.

    LIKE of SQLite needs no lower case of its own, and without it is three times as fast.
    """

    type = Boolean()
    name = "holds"
    inherit_cache = True

    def __init__(self, text: ColumnElement[str] | InstrumentedAttribute[str], part: str) -> None:
        signs = part.replace("/", "//").replace("%", "/%").replace("_", "/_")
        super().__init__(text, literal(f"%{signs}%", String()))


@compiles(holds)
def _like(element: holds, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    text, pattern = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({text} LIKE {pattern} ESCAPE '/')"


@compiles(holds, "postgresql")
def _folded_like(element: holds, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    text, pattern = (compiler.process(clause, **options) for clause in element.clauses)
    return f"((lower({text}) COLLATE \"C\") LIKE {pattern} ESCAPE '/')"
