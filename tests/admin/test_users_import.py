"""People from a file: what would come of it, and what came of it."""

from __future__ import annotations

import hashlib
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from portal.access.repository import Groups, Roles
from portal.access.schemas import CreateGroup
from portal.access.usecases.groups import create_group
from portal.accounts.models import User
from portal.accounts.usecases.read_people import MOST_LINES
from portal.infra.actor import SYSTEM
from portal.infra.outbox import OutboxMessage
from portal.jobs.delivery import deliver_due
from portal.sessions.models import Flow
from tests.admin.conftest import Operator, entries_of, shown

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.admin.conftest import AddPerson, VisitorAs
    from tests.support.portals import MovableClock

IMPORT = "/admin/users/import"
FILE = """E-Mail,Name,Username,Given name,Family name,Roles,Groups,attributes.department
aiko@example.org,Aiko Tanaka,aiko,Aiko,Tanaka,auditor,Research,Physics
devon@example.org,Devon Reyes,,,,,,
AIKO@example.org,Another,,,,,,
"samir@example.org","Haddad, Samir",s,,,nobody,,
not an address,Eve,,,,,,
'=1+1@example.org,=HYPERLINK(1),,,,,,
lucia@example.org,,,Lucía,Marchetti,,,
"""


def check(operator: Operator, content: str | bytes, **fields: str) -> str:
    """Upload a file; the address of its report."""
    data: dict[str, Any] = {
        **fields,
        "file": (BytesIO(content if isinstance(content, bytes) else content.encode()), "p.csv"),
    }
    answer = operator.send(IMPORT, data)
    assert answer.status_code == 303, shown(answer.text)
    return str(answer.headers["Location"])


def run(operator: Operator, report: str) -> str:
    """The page of the job, once the worker has been there."""
    digest = re.search(r'name="digest" value="(\w+)"', operator.page(report))
    assert digest is not None
    answer = operator.send(report, {"digest": digest[1]})
    assert answer.status_code == 303
    deliver_due(operator.portal)
    return shown(operator.page(answer.headers["Location"]))


def people(portal: Portal) -> dict[str, User]:
    with portal.reading() as session:
        return {user.email: user for user in session.scalars(select(User))}


@pytest.fixture
def research(portal: Portal) -> str:
    with portal.unit_of_work(SYSTEM) as uow:
        return create_group(uow, CreateGroup(name="Research")).name


def test_a_dry_run_tells_of_every_line_and_changes_nothing(
    portal: Portal, maya: Operator, devon: Operator, research: str
) -> None:
    before = people(portal)
    page = shown(maya.page(check(maya, FILE)))
    assert "What would happen 7 lines" in page
    assert "New accounts 3 to be created" in page
    assert "Known already 1" in page
    assert "Problems 3" in page
    for words in (
        "email Line 2 has the same one",
        "roles There is no “nobody”",
        "username Use a username of at least 3 characters",
        "email Enter an email address like name@example.com",
        "Has an account already; nothing is changed",
    ):
        assert words in page, words
    assert people(portal).keys() == before.keys()


def test_the_same_bytes_are_taken_in(portal: Portal, maya: Operator, devon: Operator, research: str) -> None:
    page = run(maya, check(maya, FILE, invite="y"))
    assert "Import people 3 people, asked by maya" in page
    assert "Done 3" in page
    assert "aiko@example.org Done Line 2. Got an account and an invitation" in page
    aiko, lucia = people(portal)["aiko@example.org"], people(portal)["lucia@example.org"]
    assert (aiko.username, aiko.given_name, aiko.attributes) == ("aiko", "Aiko", {"department": "Physics"})
    assert (aiko.password_hash, aiko.email_verified_at) == (None, None)
    assert lucia.name == "Lucía Marchetti"
    with portal.reading() as session:
        at = portal.ports.clock.now()
        assert {role.name for role in Roles(session).of_user(aiko.id, at=at)} == {"auditor", "user"}
        assert [group.name for group in Groups(session).of_user(aiko.id, at=at)] == ["Research"]
        mails = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "invitation_mail")).all()
        assert {mail.payload["user_id"] for mail in mails} > {str(aiko.id), str(lucia.id)}
    (summary,) = entries_of(portal, "bulk.ended")
    created = [entry.actor_label for entry in entries_of(portal, "user.created")]
    assert (summary.details["total"], summary.details["done"]) == (3, 3)
    assert created.count("maya") == 3


def test_pressing_twice_takes_nobody_in_twice(portal: Portal, maya: Operator) -> None:
    report = check(maya, "email,name\naiko@example.org,Aiko\n")
    digest = re.search(r'name="digest" value="(\w+)"', maya.page(report))
    assert digest is not None
    answers = [maya.send(report, {"digest": digest[1]}, seen_on=IMPORT) for _ in range(2)]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(entries_of(portal, "bulk.started")) == 1
    deliver_due(portal)
    assert "aiko@example.org" in people(portal)
    assert maya.get(report).headers["Location"] == answers[0].headers["Location"]


def test_the_log_knows_the_file_by_its_digest(portal: Portal, maya: Operator) -> None:
    content = "email,name\naiko@example.org,Aiko\n"
    run(maya, check(maya, content))
    (began,) = entries_of(portal, "bulk.started")
    assert began.details["sha256"] == hashlib.sha256(content.encode()).hexdigest()


def test_another_file_than_the_one_on_the_page_is_not_taken_in(portal: Portal, maya: Operator) -> None:
    report = check(maya, "email,name\naiko@example.org,Aiko\n")
    assert maya.send(report, {"digest": "0" * 64}).status_code == 409
    assert "aiko@example.org" not in people(portal)


def test_a_file_waits_sealed_and_for_its_operator_only(
    portal: Portal,
    maya: Operator,
    audrey: Operator,
    add_person: AddPerson,
    visitor_as: VisitorAs,
) -> None:
    report = check(maya, "email,name\naiko@example.org,Aiko\n")
    other = add_person("noor@example.org", administrator=True)
    assert visitor_as(other).get(report).status_code == 404
    assert audrey.get(report).status_code == 403
    with portal.reading() as session:
        states = [
            str(state) for state in session.scalars(select(Flow.state).where(Flow.kind == "users_import"))
        ]
    assert len(states) == 1
    assert "aiko" not in states[0]


def test_after_half_an_hour_it_is_gone(portal: Portal, maya: Operator, clock: MovableClock) -> None:
    report = check(maya, "email,name\naiko@example.org,Aiko\n")
    clock.advance(minutes=31)
    answer = maya.get(report)
    assert answer.status_code == 404
    assert "Begin again" in answer.text


def test_the_report_never_runs_in_a_spreadsheet(maya: Operator, devon: Operator) -> None:
    report = check(maya, FILE)
    answer = maya.get(f"{report}/report.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "'=HYPERLINK(1)" in answer.text
    assert not any(cell.startswith("=") for line in answer.text.splitlines() for cell in line.split(","))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "Choose a file, or paste its lines below"),
        ("name\nMaya\n", "one of them must be email"),
        ("email,name\n", "There is nobody in it"),
        ("email,shoe size\na@example.org,42\n", "“shoe size” is no column that is known"),
        ("email,email\na@example.org,b@example.org\n", "is there twice"),
        ('email,name\na@example.org,"open\n', "can't be read"),
        ("email,name\n" + "a@example.org,A\n" * (MOST_LINES + 1), "Use at most 10,000 lines"),
        (b"email,name\n\xff\xfe\n", "Save the file as UTF-8"),
    ],
)
def test_what_is_no_such_file_is_said_in_words(maya: Operator, content: str | bytes, words: str) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    answer = maya.send(IMPORT, {"file": (BytesIO(data), "p.csv")})
    assert answer.status_code == 422
    assert words in shown(answer.text)


def test_lines_may_be_pasted_and_hold_semicolons(maya: Operator) -> None:
    answer = maya.send(IMPORT, {"text": "email;name\r\naiko@example.org;Aiko, the second\r\n"})
    assert answer.status_code == 303
    assert "Aiko, the second" in maya.page(answer.headers["Location"])


def test_more_than_two_megabytes_are_too_much(maya: Operator) -> None:
    answer = maya.send(IMPORT, {"text": "email\n" + "x" * 2_000_001})
    assert answer.status_code == 422
    assert "Use a file of at most 2 MB" in answer.text


def test_the_template_is_a_file_that_can_be_taken_in(maya: Operator) -> None:
    template = maya.get(f"{IMPORT}/template.csv")
    assert "What would happen 1 line" in shown(maya.page(check(maya, template.text)))


def test_markup_in_a_file_is_only_text(maya: Operator) -> None:
    page = maya.page(check(maya, "email,name\n<script>alert(1)</script>,<img src=x>\n"))
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_somebody_is_added_and_invited(portal: Portal, maya: Operator) -> None:
    answer = maya.send(
        "/admin/users/new", {"name": "Aiko Tanaka", "email": "aiko@example.org", "invite": "y"}
    )
    assert answer.status_code == 303
    page = shown(maya.page(answer.headers["Location"]))
    assert "Send invitation" in page
    assert "maya invited aiko to set a password" in page
    taken = maya.send("/admin/users/new", {"name": "Aiko", "email": "AIKO@example.org"})
    assert taken.status_code == 422
    assert "Another account has that email address." in taken.text
