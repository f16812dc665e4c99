"""Reviews for tests, in one line each."""

from portal.access.models import AccessReview, Group, Role
from portal.access.repository.reviews import AccessReviews, Progress
from portal.access.rules.requests import Wanted
from portal.access.schemas.reviews import JudgeMembers, StartReview, Verdict
from portal.access.usecases.judging import Judged, judge_members
from portal.access.usecases.reviews import start_review
from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from portal.infra.clock import Clock
from tests.access.asking import acting


class Reviewing:
    """One portal, and reviews in it."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def start(
        self,
        thing: Role | Group,
        *,
        by: User | None = None,
        reviewer: User | None = None,
        due_at: str = "2031-12-24",
    ) -> AccessReview:
        wish = StartReview.model_validate(
            {
                "thing": Wanted(thing.ref.type, thing.id),  # type: ignore[arg-type]
                "reviewer": reviewer.username if reviewer else None,
                "due_at": due_at,
            }
        )
        with self.portal.unit_of_work(acting(by) if by else SYSTEM) as uow:
            return start_review(uow, wish)

    def judge(
        self, by: User, review: AccessReview, verdict: Verdict, *people: User, judges_all: bool = False
    ) -> Judged:
        chosen = {person.id for person in people}
        with self.portal.reading() as session:
            items = AccessReviews(session).items(review.id).items
        wish = JudgeMembers(
            items=tuple(item.id for item in items if item.user_id in chosen),
            verdict=verdict,
            note="Left the team",
        )
        with self.portal.unit_of_work(acting(by)) as uow:
            return judge_members(uow, review.id, wish, judges_all=judges_all)

    def progress(self, review: AccessReview, clock: Clock) -> Progress:
        with self.portal.reading() as session:
            return AccessReviews(session).progress(review, at=clock.now())
