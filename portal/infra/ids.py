"""Ids of rows, made by the application: an event can name a row before the database has seen it."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562 5.7): ordered by time within a process, so that an index grows
    at its end. It is public and guessable: never a secret.
    """
    return uuid7()
