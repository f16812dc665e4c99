"""A token with which programs register apps, as an administrator orders it."""

from typing import Annotated

from pydantic import BaseModel, Field

from portal.clients.schemas.fields import STRICT, Name

MOST_USES = 10_000
MOST_DAYS = 365


class MakeInitialAccessToken(BaseModel):
    """What it is for, how many apps may come with it, and for how long."""

    model_config = STRICT

    label: Name
    uses: Annotated[int, Field(ge=1, le=MOST_USES)] = 1
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 7
