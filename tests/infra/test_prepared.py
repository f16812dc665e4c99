"""Statements that are handed to the driver as they were once written: the same answers and errors as the usual way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import String, Uuid, bindparam, event, func, literal, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.accounts.models import User
from portal.infra.actor import SYSTEM
from portal.infra.db import make_engine, read_only
from portal.infra.ids import new_id
from portal.infra.prepared import Prepared, inserting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from portal.bootstrap import Portal
    from tests.support.databases import Databases

NOW: Final = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
_BY_ID: Final = select(
    User.id,
    User.username,
    User.created_at,
    User.email_verified_at,
    User.attributes,
    literal(7).label("seven"),
).where(User.id == bindparam("id", type_=Uuid()))
_RENAME: Final = (
    update(User)
    .where(User.id == bindparam("who", type_=Uuid()), User.is_active)
    .values(name=bindparam("new_name", type_=String()))
    .returning(User.name)
    .execution_options(synchronize_session=False)
)


def _person(**changes: object) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(column.name for column in User.__table__.columns)
    who = new_id()
    row |= {
        "id": who,
        "username": f"u{who.hex}",
        "email": f"{who.hex}@example.org",
        "name": "Ünïcode % %s :x",
    }
    row |= {"created_at": NOW, "updated_at": NOW, "is_active": True, "security_epoch": 1}
    return row | {"attributes": {"team": ["a", None]}} | changes


def _add(portal: Portal, **changes: object) -> UUID:
    row = _person(**changes)
    with portal.unit_of_work(SYSTEM) as uow:
        inserting(User).run(uow.connection, row)
    return row["id"]  # type: ignore[return-value]


def test_a_row_is_the_same_as_by_the_usual_way(portal: Portal) -> None:
    who = _add(portal)
    with portal.asking() as connection:
        usual = connection.execute(_BY_ID, {"id": who}).one()
        statement = Prepared(_BY_ID)
        assert statement.first(connection, {"id": who}) == usual
        found = statement.first(connection, {"id": who})
        assert found is not None
        assert found == usual
        assert found._fields == usual._fields
        assert (found.created_at, found.email_verified_at, found.seven) == (NOW, None, 7)
        assert found.attributes == {"team": ["a", None]}
        assert Prepared(_BY_ID).first(connection, {"id": new_id()}) is None
        assert Prepared(_BY_ID).scalar(connection, {"id": who}) == who
        assert len(Prepared(select(User.id)).all(connection, {})) == connection.scalar(
            select(func.count(User.id))
        )


def test_what_is_written_counts_with_its_unit_alone(portal: Portal) -> None:
    who, rename = _add(portal), Prepared(_RENAME)
    with pytest.raises(KeyError):
        _rename_in_vain(portal, rename, who)
    with portal.unit_of_work(SYSTEM) as uow:
        assert rename.scalar(uow.connection, {"who": new_id(), "new_name": "Nobody"}) is None
        assert rename.scalar(uow.connection, {"who": who, "new_name": "Kept"}) == "Kept"
    with portal.reading() as session:
        assert session.get_one(User, who).name == "Kept"


def _rename_in_vain(portal: Portal, rename: Prepared, who: UUID) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        assert rename.scalar(uow.connection, {"who": who, "new_name": "Lost"}) == "Lost"
        raise KeyError


def test_a_connection_that_writes_has_a_transaction_first(portal: Portal) -> None:
    who = _add(portal)
    with portal.engine.connect() as connection:
        Prepared(_RENAME).run(connection, {"who": who, "new_name": "Rolled back"})
        assert connection.in_transaction()
        connection.rollback()
    with portal.reading() as session:
        assert session.get_one(User, who).name != "Rolled back"


def test_a_session_is_asked_with_what_it_has_not_written_yet(portal: Portal) -> None:
    who = _add(portal)
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.get_one(User, who).username = "renamed"
        found = Prepared(_BY_ID).first(uow.session, {"id": who})
        assert found is not None
        assert found.username == "renamed"


def test_errors_are_those_of_the_usual_way_and_name_no_value(portal: Portal) -> None:
    who = _add(portal)
    with pytest.raises(IntegrityError) as usual, portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(inserting(User)._statement, _person(id=who))
    with pytest.raises(IntegrityError) as found, portal.unit_of_work(SYSTEM) as uow:
        inserting(User).run(uow.connection, _person(id=who, name="canary"))
    assert type(found.value.orig) is type(usual.value.orig)
    assert "canary" not in str(found.value)
    with portal.reading() as session:  # nothing is left behind
        assert session.get_one(User, who).name == "Ünïcode % %s :x"


def test_a_connection_that_breaks_does_not_go_back_to_the_pool(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("postgresql", tmp_path) as url:
        engine = make_engine(url)
        asking = read_only(engine)
        with asking.connect() as connection, asking.connect() as other:
            process = connection.scalar(text("SELECT pg_backend_pid()"))
            other.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
            with pytest.raises(DBAPIError) as gone:
                Prepared(select(User.id)).all(connection, {})
            assert gone.value.connection_invalidated
        with asking.connect() as connection:
            assert Prepared(select(func.count(User.id))).scalar(connection, {}) == 0
        engine.dispose()


def test_many_rows_are_written_at_once(portal: Portal) -> None:
    rows = [_person() for _ in range(3)]
    with portal.unit_of_work(SYSTEM) as uow:
        inserting(User).run(uow.connection, *rows)
    with portal.asking() as connection:
        for row in rows:
            assert Prepared(_BY_ID).scalar(connection, {"id": row["id"]}) == row["id"]


def test_who_listens_to_statements_hears_these_too(portal: Portal) -> None:
    heard: list[str] = []

    def note(*about: object) -> None:
        heard.append(str(about[2]))

    who = _add(portal)
    event.listen(portal.engine, "before_cursor_execute", note)
    try:
        with portal.asking() as connection:
            assert Prepared(_BY_ID).scalar(connection, {"id": who}) == who
    finally:
        event.remove(portal.engine, "before_cursor_execute", note)
    assert sum("users.username" in statement for statement in heard) == 1


def test_a_value_that_nobody_gave_is_no_null(portal: Portal) -> None:
    row = _person()
    del row["theme"]
    with portal.unit_of_work(SYSTEM) as uow, pytest.raises(KeyError, match="theme"):
        inserting(User).run(uow.connection, row)


def test_lists_of_values_are_refused(portal: Portal) -> None:
    with portal.asking() as connection, pytest.raises(TypeError, match="lists of values"):
        Prepared(select(User.id).where(User.id.in_(bindparam("ids", expanding=True)))).all(
            connection, {"ids": []}
        )


def test_requests_really_take_the_short_way(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    who, statement = _add(portal), Prepared(_BY_ID)
    with portal.asking() as connection:
        monkeypatch.setattr(connection, "execute", _never)
        assert statement.scalar(connection, {"id": who}) == who


_never: Callable[..., None] = pytest.fail
