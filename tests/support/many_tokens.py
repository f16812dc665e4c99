"""Tables as full as those of a portal that has been in use for long: copies of what is there."""

from typing import Any, cast

from sqlalchemy import CTE, Function, Table, func, insert, literal, select, text

from portal.bootstrap import Portal
from portal.grants.models import AuthorizationCode, RefreshToken, TokenFamily

CODES = cast(Table, AuthorizationCode.__table__)
FAMILIES = cast(Table, TokenFamily.__table__)
LINKS = cast(Table, RefreshToken.__table__)


def fill_with_tokens(portal: Portal, count: int) -> None:
    """So many more families, each with a link, all begun in one second by one person for one app; then let the planner
    know of them.
    """
    fresh_id = _fresh_id(portal)
    with portal.engine.begin() as connection:
        if portal.engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        model = select(FAMILIES.c.id).limit(1).scalar_subquery()
        numbers = _numbers(count)
        _copy(
            connection, FAMILIES, {"id": fresh_id, "code_id": literal(None)}, FAMILIES.c.id == model, numbers
        )
        others = select(FAMILIES.c.id.label("family")).where(FAMILIES.c.code_id.is_(None)).cte("others")
        link = select(LINKS.c.id).limit(1).scalar_subquery()
        _copy(connection, LINKS, {"id": fresh_id, "family_id": others.c.family}, LINKS.c.id == link, others)
    _analyze(portal)


def fill_with_redeemed_codes(portal: Portal, count: int) -> None:
    """So many more codes of one person and one app, all redeemed; then let the planner know of them."""
    with portal.engine.begin() as connection:
        model = (
            CODES.c.id
            == select(CODES.c.id).where(CODES.c.redeemed_at.is_not(None)).limit(1).scalar_subquery()
        )
        _copy(connection, CODES, {"id": _fresh_id(portal)}, model, _numbers(count))
    _analyze(portal)


def _fresh_id(portal: Portal) -> Function[Any]:
    if portal.engine.dialect.name == "postgresql":
        return func.gen_random_uuid()
    return func.lower(func.hex(func.randomblob(16)))


def _analyze(portal: Portal) -> None:
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
