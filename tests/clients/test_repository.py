"""Apps on pages and by search."""

from typing import TYPE_CHECKING

from portal.clients.models import Client
from portal.clients.repository import Clients
from tests.clients.steps import registered

if TYPE_CHECKING:
    from portal.bootstrap import Portal


def test_pages_of_apps_go_on_and_back_without_a_gap(portal: "Portal") -> None:
    ids = [registered(portal, client_name=f"App {number:02}").client.id for number in range(7)][::-1]
    with portal.reading() as session:
        first = Clients(session).page(size=3)
        second = Clients(session).page(size=3, before=first.older)
        third = Clients(session).page(size=3, before=second.older)
        back = Clients(session).page(size=3, after=third.newer)
        home = Clients(session).page(size=3, after=back.newer)
    pages = [first, second, third, back, home]
    assert [[client.id for client in page.items] for page in pages] == [
        ids[:3],
        ids[3:6],
        ids[6:],
        ids[3:6],
        ids[:3],
    ]
    assert (first.newer, third.older, home.newer) == (None, None, None)
    assert home.older == ids[2]


def test_apps_are_found_by_part_of_a_name_or_by_their_id(portal: "Portal") -> None:
    kestrel = registered(portal).client
    registered(portal, client_name="Wiki 100% _ours_")

    def found(search: str) -> list[Client]:
        with portal.reading() as session:
            return Clients(session).page(search=search).items

    assert [client.id for client in found(" kESTrel ")] == [kestrel.id]
    assert [client.id for client in found(kestrel.client_id)] == [kestrel.id]
    assert [client.client_name for client in found("100%")] == ["Wiki 100% _ours_"]
    assert found("1000") == []
    assert found("%") != found("")
