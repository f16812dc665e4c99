"""Tables as full as those of a portal that has been in use for long: copies of a family and a link that are there."""

from typing import Any, cast

from sqlalchemy import CTE, Table, func, insert, literal, select, text

from portal.bootstrap import Portal
from portal.grants.models import RefreshToken, TokenFamily

FAMILIES = cast(Table, TokenFamily.__table__)
LINKS = cast(Table, RefreshToken.__table__)


def fill_with_tokens(portal: Portal, count: int) -> None:
    """So many more families, each with a link, all begun in one second by one person for one app; then let the planner
    know of them.
    """
    is_postgresql = portal.engine.dialect.name == "postgresql"
    fresh_id = func.gen_random_uuid() if is_postgresql else func.lower(func.hex(func.randomblob(16)))
    with portal.engine.begin() as connection:
        if is_postgresql:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        model = select(FAMILIES.c.id).limit(1).scalar_subquery()
        numbers = _numbers(count)
        _copy(
            connection, FAMILIES, {"id": fresh_id, "code_id": literal(None)}, FAMILIES.c.id == model, numbers
        )
        others = select(FAMILIES.c.id.label("family")).where(FAMILIES.c.code_id.is_(None)).cte("others")
        link = select(LINKS.c.id).limit(1).scalar_subquery()
        _copy(connection, LINKS, {"id": fresh_id, "family_id": others.c.family}, LINKS.c.id == link, others)
    with portal.engine.connect().execution_options(portal_read_only=True) as connection:
        connection.execute(text("ANALYZE"))


def _numbers(count: int) -> CTE:
    numbers = select(literal(1).label("number")).cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < count))


def _copy(connection: Any, table: Table, changed: dict[str, Any], which: Any, times: CTE) -> None:  # noqa: ANN401
    """The row of a table once for each row of `times`, with some columns changed."""
    columns = [changed.get(column.name, column) for column in table.columns]
    rows = select(*columns).select_from(table.join(times, literal(1) == 1)).where(which)
    connection.execute(insert(table).from_select([column.name for column in table.columns], rows))
