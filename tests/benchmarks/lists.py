"""Server time of every list page of the console, over a seeded database.

    PORTAL_INSTANCE_DIR=... [PORTAL_DATABASE_URL=...] portal seed
    PORTAL_INSTANCE_DIR=... [PORTAL_DATABASE_URL=...] python -m tests.benchmarks.lists [rounds]

Whole pages by the test client, so routing, guards, questions and templates count, and the network does not.
"""

import statistics
import sys
import time

from sqlalchemy import select

from portal.access.repository import Groups, Roles
from portal.accounts.repository import Users
from portal.app import create_app
from portal.bootstrap import TABLES, build_portal
from portal.infra.settings import load_settings
from tests.support.people import add_person, sign_in

WATCHER = "watcher@example.org"


def pages(role: str, group: str, person: str) -> dict[str, str]:
    """What is looked at, by name."""
    users = "/admin/users"
    orders = ("name", "username", "seen")
    return {
        "users": users,
        **{f"users, by {order}": f"{users}?sort={order}" for order in orders},
        **{f"users, {state}": f"{users}?state={state}" for state in ("active", "unverified", "disabled")},
        **{f"users, disabled, by {order}": f"{users}?state=disabled&sort={order}" for order in orders},
        **{
            f"users, search {text}": f"{users}?q={text}" for text in ("maya", "m", "reyes", "okafor99", "zzz")
        },
        "users, search reyes, by last sign-in": f"{users}?q=reyes&sort=seen",
        "users with a role": f"{users}?role={role}",
        "users with a role, by name": f"{users}?role={role}&sort=name",
        "users in a group, disabled": f"{users}?group={group}&state=disabled",
        "users not seen since 2024, by name": f"{users}?seen_before=2024-01-01&sort=name",
        "users of a day that has not come, by name": f"{users}?joined_since=2099-01-01&sort=name",
        "users, 200 on a page": f"{users}?size=200",
        "user": f"{users}/{person}",
        "groups": "/admin/groups",
        "group": f"/admin/groups/{group}",
        "members of a group": f"/admin/groups/{group}/members",
        "roles": "/admin/roles",
        "members of a role": f"/admin/roles/{role}/members",
        "resources": "/admin/resources",
        "apps": "/admin/apps",
        "sessions": "/admin/sessions",
        "sessions of an address": "/admin/sessions?ip=203.0.113.7",
        "sessions of a device": "/admin/sessions?device=iphone",
        "requests": "/admin/requests",
        "reviews": "/admin/reviews",
        "audit": "/admin/audit",
        "audit, failures": "/admin/audit?outcome=failure",
        "audit of a person": f"/admin/audit?subject={person}",
        "outbox": "/admin/outbox",
        "dashboard": "/admin",
    }


def main() -> None:
    """A line for each page, in milliseconds: median and worst, and the median of what this process computed."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    portal = build_portal(load_settings())
    app = create_app(portal.settings, portal=portal)
    with portal.reading() as session:
        watcher = Users(session).by_email(WATCHER)
        role, group = Roles(session).by_name("trial-role-001"), Groups(session).by_name("Trial group 001")
        person = session.scalar(select(TABLES.tables["group_members"].c.user_id).limit(1))
    watcher = watcher or add_person(portal, WATCHER, name="Watcher", administrator=True)
    browser = sign_in(app.test_client(), portal, watcher)
    worst_of_all = 0.0
    for name, path in pages(
        str(role.id if role else ""), str(group.id if group else ""), str(person)
    ).items():
        took, worked, problem = [], [], ""
        for _ in range(rounds):
            started, busy = time.perf_counter(), time.process_time()
            answer = browser.get(path)
            took.append((time.perf_counter() - started) * 1000)
            worked.append((time.process_time() - busy) * 1000)
            problem = "" if answer.status_code == 200 else f" {answer.status_code}"
        median = statistics.median(took)
        worst_of_all = max(worst_of_all, median)
        print(f"| {name} | {median:.0f} | {max(took):.0f} | {statistics.median(worked):.0f} |{problem}")  # noqa: T201 - it is run by hand
    print(f"slowest median: {worst_of_all:.0f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
