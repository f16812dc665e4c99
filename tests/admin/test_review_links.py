"""The pages of a role and of a group lead to a review of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.access.repository import Roles
from portal.access.schemas import CreateGroup
from portal.access.usecases.groups import create_group
from portal.admin.reviews import MOST_OFFERED
from portal.infra.actor import SYSTEM
from tests.admin.holding import new_group, new_role

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.admin.conftest import Operator

NEW = "/admin/reviews/new"


def test_the_page_of_a_role_or_a_group_leads_to_a_review_of_it(
    portal: Portal, maya: Operator, audrey: Operator
) -> None:
    role_id, group_id = new_role(portal, "On call", {}), new_group(portal, "Press")
    for page, thing in (
        (f"/admin/roles/{role_id}", f"role:{role_id}"),
        (f"/admin/groups/{group_id}", f"group:{group_id}"),
    ):
        link = f"{NEW}?thing={thing}"
        assert f'href="{link}"' in maya.page(page)
        assert f'<option selected value="{thing}">' in maya.page(link)
        assert NEW not in audrey.page(page)
    with portal.reading() as session:
        everybody = Roles(session).by_name("user")
        assert everybody is not None
    assert NEW not in maya.page(f"/admin/roles/{everybody.id}"), "everybody with an account holds it"


def test_what_the_list_does_not_offer_any_more_is_chosen_all_the_same(portal: Portal, maya: Operator) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        for number in range(MOST_OFFERED + 1):
            create_group(uow, CreateGroup(name=f"Aardvarks {number:03}"))
    last = new_group(portal, "Zebras")
    assert f'<option selected value="group:{last}">' in maya.page(f"{NEW}?thing=group:{last}")
    assert f"group:{last}" not in maya.page(NEW)
    assert maya.get(f"{NEW}?thing=group:nonsense").status_code == 200
