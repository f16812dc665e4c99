"""What others made: fetched by hash, checked once more, named by the pages under the name it has."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from deploy import assets

STATIC = assets.ROOT / "static"
BASE_LAYOUT = assets.ROOT / "templates" / "layouts" / "base.html"


def manifest() -> dict[str, dict[str, object]]:
    text = (assets.VENDOR / "manifest.json").read_text(encoding="utf-8")
    return {str(path): dict(entry) for path, entry in json.loads(text).items()}


def test_the_htmx_that_is_served_is_the_one_that_was_reviewed() -> None:
    content = (assets.VENDOR / assets.HTMX_FILE).read_bytes()
    assert assets.integrity(content) == assets.HTMX_INTEGRITY
    assert assets.checked(content) == content


def test_another_htmx_is_refused() -> None:
    content = (assets.VENDOR / assets.HTMX_FILE).read_bytes()
    with pytest.raises(assets.AssetError, match="expected"):
        assets.checked(content + b"\n")


def test_the_wheel_that_carries_htmx_is_pinned_by_one_hash() -> None:
    lines = [
        line for line in assets.LOCK.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    assert re.fullmatch(r"[a-z-]+==[0-9.]+ \\ --hash=sha256:[0-9a-f]{64}", " ".join(" ".join(lines).split()))


def test_the_pages_name_the_file_that_is_there() -> None:
    assert f'"vendor/{assets.HTMX_FILE}"' in BASE_LAYOUT.read_text(encoding="utf-8")


def test_the_manifest_tells_the_truth() -> None:
    for path, entry in manifest().items():
        content = (STATIC / path).read_bytes()
        assert entry["integrity"] == assets.integrity(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)


def test_the_sprite_holds_every_icon_that_is_named() -> None:
    drawn = set(
        re.findall(r'<symbol id="([a-z0-9-]+)"', (assets.VENDOR / "icons.svg").read_text(encoding="utf-8"))
    )
    assert assets.used_icons() <= drawn


def test_an_icon_that_lucide_does_not_have_stops_the_set_up() -> None:
    with pytest.raises(assets.AssetError, match="no-such-icon"):
        assets.sprite({"key-round", "no-such-icon"}, assets.lucide_archive())


def test_icons_are_found_however_they_are_named() -> None:
    source = """{{ ui.icon("key-round") }} {{ ui.button("Add", "/n", icon="plus") }} {{ draw('check') }}
    {% set kind_icons = {"web": "globe", "native": "smartphone"} %} [{"icon": "house"}] lexicon="no" """
    assert assets.icons_in_template(source) == {"key-round", "plus", "check", "globe", "smartphone", "house"}


def test_a_set_up_that_is_up_to_date_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_write(path: Path, content: bytes) -> None:
        raise AssertionError(f"{path} was written again with {len(content)} bytes")

    assert assets.main() == 0
    monkeypatch.setattr(assets, "write", no_write)
    assert assets.main() == 0
