"""The rooms of the REST API, version 1. A change that breaks a caller is a version 2 beside it."""

from typing import Final

from portal.api.operations import Operation, Room
from portal.api.v1.me import me

ROOMS: Final[tuple[Room, ...]] = (me,)
OPERATIONS: Final[tuple[Operation, ...]] = tuple(operation for room in ROOMS for operation in room)
