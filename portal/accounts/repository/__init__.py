"""Questions about people, their sign-ups and the links that are mailed to them."""

from portal.accounts.repository.finding import (
    SEARCH_CEILING,
    PeopleFilter,
    PeopleOrder,
    Subset,
    UserState,
)
from portal.accounts.repository.links import MailedTokens, PendingSignUps
from portal.accounts.repository.users import Users

__all__ = [
    "SEARCH_CEILING",
    "MailedTokens",
    "PendingSignUps",
    "PeopleFilter",
    "PeopleOrder",
    "Subset",
    "UserState",
    "Users",
]
