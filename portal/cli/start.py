"""What a start needs before the first request: schema, built-in roles, keys, and perhaps a setup link."""

from portal.access.services import ensure_built_in_roles
from portal.access.usecases.first_administrator import make_setup_link
from portal.bootstrap import build_portal
from portal.cli.migrations import upgrade
from portal.grants.services import ensure_signing_keys
from portal.infra.actor import CLI
from portal.infra.settings import Settings


def prepare(settings: Settings) -> str | None:
    """Make the portal ready to serve; the setup link where no administrator exists yet. Safe to run twice at once."""
    upgrade(settings)
    portal = build_portal(settings)
    with portal.unit_of_work(CLI) as uow:
        ensure_built_in_roles(uow)
    with portal.unit_of_work(CLI) as uow:
        ensure_signing_keys(uow)
    with portal.unit_of_work(CLI) as uow:
        path = make_setup_link(uow)
    portal.engine.dispose()
    return f"{settings.base_url}{path}" if path else None
