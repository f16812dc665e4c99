"""The invisible frames in which apps hear from the browser that its person has left (Front-Channel Logout 1.0)."""

from dataclasses import dataclass
from uuid import UUID

from portal.clients.rules.uris import origin_of
from portal.grants.repository.leaving import Participations
from portal.http.context import current_portal, reading
from portal.oauth.responses import with_parameters


@dataclass(frozen=True, slots=True)
class Frame:
    """An address to be opened once, and its origin for the page's policy."""

    address: str
    origin: str


def frames_of(session_id: UUID) -> list[Frame]:
    """One for each app of the session that asks for it.

    Issuer and session are always named (section 2): an address that anybody could open would sign anybody out.
    """
    issuer = current_portal().issuer.issuer
    with reading() as session:
        found = Participations(session).of_session(session_id)
    addresses = dict.fromkeys(one.switches.frontchannel_logout_uri for one in found)
    named = {"iss": issuer, "sid": str(session_id)}
    return [
        Frame(with_parameters(address, named), origin)
        for address in addresses
        if address is not None and (origin := origin_of(address)) is not None
    ]
