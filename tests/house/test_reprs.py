"""Nothing prints a secret by itself: a repr may stand in a log line, a traceback or a debugger's window."""

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from portal.infra.db import Base
from portal.infra.redaction import BLOT, fields
from portal.infra.settings import Settings
from tests.house.source import import_everything

SECRET = "heron-weir-reed-0123456789abcdefghij"
URLS = {
    "database_url": f"postgresql://portal:{SECRET}@db.example.org/portal",
    "redis_url": f"redis://:{SECRET}@cache.example.org/0",
    "smtp_url": f"smtps://portal:{SECRET}@mail.example.org",
    "audit_checkpoint_webhook": f"https://hooks.example.org/{SECRET}",
}
KEYS = ("secret_key", "master_key", "metrics_token")

# Names that sound like secrets and are none.
PUBLIC = frozenset(
    {
        "AuthorizationRequest.code_challenge",  # a digest, in an address that everybody sees
        "RequestedClaims.id_token",  # which claims are wished for in it
        "Issued.id_token_claims",
        "PasswordCheck.key",  # of a counter
        "Place.key",  # by which a list is sorted
        "Verifier.keys",  # public ones
        "Together.keys",
        "FieldProblem.code",  # the portal's own word for what is wrong
        "Problem.code",
        "Outcome.code",  # of one in a job
        "ItemView.code",
        "ErrorDetail.code",
        "Told.code",
    }
)

# The same of fields, in whatever class they are: registered names, and a part of an address.
PUBLIC_FIELDS = frozenset(
    {
        "authorization_details",
        "authorization_details_types",
        "id_token_encrypted_response_enc",
        "key_signer",  # an address, which may hold no password
        "postal_code",
    }
)


def _heirs(kind: type[object]) -> Iterator[type[object]]:
    for heir in kind.__subclasses__():
        yield heir
        yield from _heirs(heir)


def _ours(kind: type) -> list[type]:
    import_everything()
    heirs = {heir for heir in _heirs(kind) if heir.__module__.startswith("portal.")}
    return sorted(heirs, key=lambda heir: heir.__qualname__)


def _dataclasses() -> Iterator[type]:
    import_everything()
    for name, module in list(sys.modules.items()):
        if name.startswith("portal."):
            for kind in vars(module).values():
                if isinstance(kind, type) and kind.__module__ == name and dataclasses.is_dataclass(kind):
                    yield kind


def test_settings_print_no_secret(tmp_path: Path) -> None:
    settings = Settings(instance_dir=tmp_path, **URLS, **dict.fromkeys(KEYS, SECRET))
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)


def test_whatever_setting_holds_an_address_with_a_password_is_among_them() -> None:
    urls = {
        name for name in Settings.model_fields if name.endswith(("_url", "_webhook")) and name != "base_url"
    }
    assert urls == set(URLS)


def test_a_wrong_setting_is_told_without_its_value(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="database_url") as told:
        Settings(instance_dir=tmp_path, database_url=f"mysql://portal:{SECRET}@db/portal")
    assert SECRET not in repr(told.value)
    assert SECRET not in str(told.value)


def test_rows_have_no_repr_of_their_own() -> None:
    assert [row.__qualname__ for row in _ours(Base) if vars(row).get("__repr__")] == []


def test_schemas_print_no_secret() -> None:
    shown = {
        f"{schema.__qualname__}.{name}"
        for schema in _ours(BaseModel)
        if issubclass(schema, BaseModel)
        for name, field in schema.model_fields.items()
        if field.repr and _is_secret(name) and _may_be_text(field.annotation)
    }
    assert shown - PUBLIC == set()


def test_dataclasses_print_no_secret() -> None:
    """Also what is passed between the rooms: tokens that were issued, keys that were opened."""
    shown = {
        f"{kind.__qualname__}.{field.name}"
        for kind in _dataclasses()
        if not issubclass(kind, Base) and kind.__dataclass_params__.repr  # type: ignore[attr-defined]
        for field in dataclasses.fields(kind)  # type: ignore[arg-type]
        if field.repr and _is_secret(field.name) and _may_be_text(field.type)
    }
    assert shown - PUBLIC == set()


def test_exceptions_are_told_no_secret() -> None:
    told = {
        f"{kind.__qualname__}({name})"
        for kind in _ours(BaseException)
        for name in inspect.signature(kind.__init__).parameters  # type: ignore[misc]
        if name != "code" and _is_secret(name)  # the code of an error is a word of ours
    }
    assert told == set()


def _is_secret(name: str) -> bool:
    """As the log judges names."""
    return name not in PUBLIC_FIELDS and fields({name: "a word"}) == {name: BLOT}


def _may_be_text(annotation: object) -> bool:
    return re.search(r"\b(str|bytes)\b", str(annotation)) is not None
