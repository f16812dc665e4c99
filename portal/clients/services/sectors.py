"""Sectors: several hosts that know a person under one name, because one document says so (Core 8.1)."""

import json
from collections.abc import Collection
from typing import Final

from portal.infra.errors import Invalid
from portal.infra.fetch import Fetcher, FetchError

FIELD: Final = "sector_identifier_uri"
MAX_LISTED: Final = 1000


def fetch_sector(fetcher: Fetcher, uri: str) -> frozenset[str]:
    """The redirect URIs that the document lists (OpenID Connect Registration 5). Never inside a transaction.

    Raises:
        Invalid: it can't be fetched, or is not a JSON array of addresses.
    """
    try:
        listed = json.loads(fetcher.get(uri, accept=("application/json",)).body)
    except FetchError as problem:
        raise Invalid(f"The sector identifier can't be fetched: {problem}", field=FIELD) from None
    except (ValueError, RecursionError):
        listed = None
    if (
        not isinstance(listed, list)
        or len(listed) > MAX_LISTED
        or not all(isinstance(one, str) for one in listed)
    ):
        raise Invalid("The sector identifier's document has to be a JSON array of addresses.", field=FIELD)
    return frozenset(listed)


def check_sector(uri: str | None, listed: Collection[str] | None, *, redirect_uris: Collection[str]) -> None:
    """Whether every redirect URI is in the sector.

    Raises:
        Invalid: one is not, or nobody has looked.
    """
    if uri is None:
        return
    if listed is None:
        raise Invalid("The sector identifier has to be fetched first.", field=FIELD)
    missing = [one for one in redirect_uris if one not in listed]
    if missing:
        raise Invalid(f"The sector identifier's document doesn't list {missing[0]}", field=FIELD)
