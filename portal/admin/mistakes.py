"""What may stand against a wish, and is said on its form; anything else becomes a page of its own."""

from typing import Final

from portal.infra.errors import Conflict, Forbidden, Invalid

MISTAKES: Final = (Invalid, Conflict, Forbidden)
