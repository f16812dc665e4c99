"""What the portal's own rooms are about, for whoever decides who gets into them."""

from typing import Final

from portal.access.repository import Resource

ROOMS: Final = {
    "access_request": "Requests for access, and the answers",
    "access_review": "Rounds in which somebody looks again at who has what",
    "audit": "The audit log and the history of everything",
    "client": "Apps and their secrets",
    "group": "Groups, their members and the roles that they give",
    "outbox": "Mail and other background work; to admin it is to read mail, and to retry or discard what was given up",
    "permission": "Explanations; to admin it is to give away more than one has",
    "resource": "What permissions are about",
    "role": "Roles, what they permit, and who holds them",
    "session": "Who is signed in where",
    "settings": "The dashboard and the state of the portal",
    "signing_key": "The keys that sign what apps are told; to delete one is to revoke it",
    "user": "Accounts of people",
}


def about(resource: Resource) -> str:
    """What was written of it; of the portal's own rooms, what everybody should know."""
    return resource.description or (ROOMS.get(resource.name, "") if resource.is_system else "")
