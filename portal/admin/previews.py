"""A change in two steps: first what it would do to people, then, if nothing moved in between, the change itself.

The page in between carries the whole input along in hidden fields, so it works without a script, and going back
loses nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from flask import Response, request

from portal.access.errors import ChangedMeanwhile, NotHeld
from portal.admin.console import page
from portal.admin.effects import Effect, effect_of
from portal.admin.mistakes import MISTAKES
from portal.http.context import unit_of_work
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork

Step = Literal["preview", "back", "save"]
Change = Callable[[UnitOfWork, str | None], object]
"""Does it; the text is the mark of what was looked at, None where nobody has looked."""

STEPS: Final[tuple[Step, ...]] = ("preview", "back", "save")
OWN_FIELDS: Final = frozenset({"csrf_token", "step", "version", "seen"})
AGAINST: Final = (*MISTAKES, NotHeld)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the page in between asks."""

    nav: str
    crumbs: Sequence[tuple[str, str | None]]
    title: str
    """The heading, as a question."""
    text: str = ""
    save_label: str
    is_danger: bool = False
    consequences: Sequence[str] = ()
    """What else comes with it, in whole sentences."""


def step() -> Step:
    """Where in the two steps this request is."""
    return next((one for one in STEPS if one == request.form.get("step")), "preview")


def in_two_steps(
    question: Question,
    change: Change,
    *,
    version: str,
    again: Callable[[DomainError | None], Response],
    done: Callable[[], Response],
    rehearse: Callable[[Callable[[UnitOfWork], object]], Effect] = effect_of,
) -> Response:
    """`again` shows the form as it was sent, with what stands against it; `done` answers once it is saved. `rehearse`
    finds out what the change would do, as far as whoever asks may know.

    `version` is the mark of what holds now. A form may say in `seen` what held when it was opened.
    """
    has_moved_on = request.form.get("seen", version) != version
    try:
        match step():
            case "back":
                return again(None)
            case "save":
                with unit_of_work() as uow:
                    change(uow, request.form.get("version", ""))
                return done()
    except ChangedMeanwhile:
        has_moved_on = True
    except AGAINST as problem:
        return again(problem)
    try:
        effect = rehearse(lambda uow: change(uow, None))
    except AGAINST as problem:
        return again(problem)
    return page(
        "admin/access/preview.html",
        nav=question.nav,
        question=question,
        effect=effect,
        version=version,
        has_moved_on=has_moved_on,
        carried=carried(),
    )


def in_two_steps_where_felt(
    question: Question,
    change: Change,
    *,
    may_be: bool,
    version: str,
    again: Callable[[DomainError | None], Response],
    done: Callable[[], Response],
) -> Response:
    """For what hardly ever concerns anybody: saved at once, unless it `may_be` that somebody gains or loses something
    by it, and is so.
    """
    try:
        if step() == "preview" and (not may_be or effect_of(lambda uow: change(uow, None)).is_empty):
            with unit_of_work() as uow:
                change(uow, request.form.get("seen"))
            return done()
    except AGAINST as problem:
        return again(problem)
    return in_two_steps(question, change, version=version, again=again, done=done)


def carried() -> list[tuple[str, str]]:
    """Everything that was sent, for the page that sends it again."""
    return [(name, text) for name, text in request.form.items(multi=True) if name not in OWN_FIELDS]
