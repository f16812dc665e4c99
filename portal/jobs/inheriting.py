"""What a worker had in hand that ended without a word: taken over at once where it is sure that nobody works on it."""

import structlog

from portal.bootstrap import Portal
from portal.infra.actor import SYSTEM
from portal.infra.bulk import BulkJobs
from portal.infra.outbox import Outbox

log = structlog.get_logger(__name__)


def inherit(portal: Portal) -> None:
    """For whoever has the duty of the only machine there is. The claims of whoever had it before end now instead of
    later; a message keeps the mark that its worker may have ended by it.
    """
    with portal.unit_of_work(SYSTEM) as uow:
        messages = Outbox(uow.session).end_claims(at=uow.now)
        jobs = BulkJobs(uow.session).end_claims(at=uow.now)
    if messages or jobs:
        log.info("work_inherited", messages=messages, jobs=jobs)
