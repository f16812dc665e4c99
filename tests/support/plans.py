"""How a database goes about what it is asked: the plan of every statement within a block."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import event

if TYPE_CHECKING:
    from portal.bootstrap import Portal


@contextmanager
def plans(portal: "Portal") -> Iterator[list[str]]:
    """The plans, in order, once the block has ended."""
    asked: list[tuple[str, object]] = []

    def remember(
        _connection: object, _cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        if not statement.startswith("BEGIN"):
            asked.append((statement, parameters))

    found: list[str] = []
    event.listen(portal.engine, "before_cursor_execute", remember)
    try:
        yield found
    finally:
        event.remove(portal.engine, "before_cursor_execute", remember)
    explain = "EXPLAIN QUERY PLAN" if portal.engine.dialect.name == "sqlite" else "EXPLAIN"
    with portal.engine.connect() as connection:
        for statement, parameters in asked:
            rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)  # type: ignore[arg-type]
            if plan := "\n".join(str(row[-1]) for row in rows):  # what is no question has none
                found.append(plan)
