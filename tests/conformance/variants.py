"""The plans and what a suite calls their variants: the same modules, asked for in another way."""

from dataclasses import dataclass
from typing import Final

import pytest

FAPI: Final = "fapi2-security-profile-final-"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to run modules. `name` is what a test's id shows."""

    name: str
    config: str
    """`deploy/conformance/suite-<config>.json`."""
    response_type: str = "code"
    response_mode: str | None = None
    prefix: str = ""
    """What stands before the names of the plan's modules."""
    database: str = "sqlite"
    is_fresh: bool = False
    """Each module begins in a browser without cookies; otherwise it may find the sign-in of the one before."""

    @property
    def parts(self) -> frozenset[str]:
        """What the authorization endpoint hands out."""
        return frozenset(self.response_type.split())

    @property
    def in_front(self) -> bool:
        """Whether the answer belongs into the fragment (OAuth 2.0 Multiple Response Types 5)."""
        return self.response_type != "code"


def _old(config: str, name: str, response_type: str, mode: str | None = None) -> Variant:
    plan = name if mode is None else f"{name}, form post"
    return Variant(
        name=f"{plan}: {response_type}", config=config, response_type=response_type, response_mode=mode
    )


BASIC: Final = Variant(name="basic", config="basic", is_fresh=True)
BASIC_POSTGRESQL: Final = Variant(name="basic on postgresql", config="basic", database="postgresql")
FORM_POST: Final = Variant(name="form post", config="basic", response_mode="form_post")
IMPLICIT: Final = tuple(_old("hybrid", "implicit", kind) for kind in ("id_token", "id_token token"))
HYBRID: Final = tuple(
    _old("hybrid", "hybrid", kind) for kind in ("code id_token", "code token", "code id_token token")
)
POSTED_IMPLICIT: Final = tuple(
    _old("hybrid", "implicit", kind.response_type, "form_post") for kind in IMPLICIT
)
POSTED_HYBRID: Final = tuple(_old("hybrid", "hybrid", kind.response_type, "form_post") for kind in HYBRID)

CODE_ID_TOKEN, CODE_TOKEN, CODE_ID_TOKEN_TOKEN = HYBRID
ID_TOKEN, ID_TOKEN_TOKEN = IMPLICIT

RP_LOGOUT: Final = Variant(name="rp-initiated logout", config="logout", is_fresh=True)
BACK_CHANNEL: Final = Variant(name="back-channel logout", config="backchannel", is_fresh=True)
FRONT_CHANNEL: Final = Variant(name="front-channel logout", config="frontchannel", is_fresh=True)
DYNAMIC: Final = Variant(name="dynamic: code", config="dynamic")
DYNAMIC_HYBRID: Final = Variant(
    name="dynamic: code id_token", config="dynamic", response_type="code id_token"
)
FAPI2: Final = Variant(name="security profile", config="fapi2", prefix=FAPI)
FAPI2_POSTGRESQL: Final = Variant(
    name="security profile on postgresql", config="fapi2", prefix=FAPI, database="postgresql"
)
SIGNED: Final = Variant(name="message signing", config="fapi2-signing", prefix=FAPI, response_mode="jwt")
"""FAPI 2.0 Message Signing: requests are signed (JAR), answers too (JARM)."""


def runs(*variants: Variant) -> pytest.MarkDecorator:
    """The module is run once in each of these ways."""
    return pytest.mark.parametrize("suite", variants, indirect=True, ids=[one.name for one in variants])


CORE: Final = (BASIC, FORM_POST, *IMPLICIT, *HYBRID, *POSTED_IMPLICIT, *POSTED_HYBRID)
CORE_WITH_CODE: Final = (BASIC, FORM_POST, *HYBRID)
CORE_WITH_USERINFO: Final = (BASIC, FORM_POST, ID_TOKEN_TOKEN, CODE_ID_TOKEN)

in_every_way = runs(*CORE)
"""What the kind of answer changes."""
in_each_plan = runs(BASIC, FORM_POST, ID_TOKEN_TOKEN, CODE_ID_TOKEN)
"""What it does not, or hardly."""
with_code = runs(*CORE_WITH_CODE)
with_userinfo = runs(*CORE_WITH_USERINFO)
