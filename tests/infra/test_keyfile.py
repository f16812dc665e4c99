"""Secret files of the instance directory."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.infra.crypto.keyfile import KeyFileError, decode_key, load, load_or_create

STARTERS = 8


def test_the_first_start_makes_a_key_for_its_owner_only_and_the_second_finds_it(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "master.key"
    key = load_or_create(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert load_or_create(path) == load(path) == key
    assert load_or_create(path.with_name("other.key")) != key
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["master.key", "other.key"]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "master.key"
    program = (
        "import sys, pathlib; from portal.infra.crypto.keyfile import load_or_create;"
        "sys.stdin.readline(); print(load_or_create(pathlib.Path(sys.argv[1])).hex())"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(STARTERS)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    keys = [starter.communicate(timeout=60)[0].strip() for starter in starters]
    assert set(keys) == {load(path).hex()}
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o606, 0o644, 0o610])
def test_a_key_that_others_may_read_is_refused_with_the_command_that_helps(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    load_or_create(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError) as refusal:
        load_or_create(path)
    assert f"chmod 600 {path}" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"short", b"A" * 42, b"A" * 100, bytes(32), b"\xff" * 43, b"A" * 43, b"0" * 64]
)
def test_a_file_without_a_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError) as refusal:
        load_or_create(path)
    assert str(path) in str(refusal.value)
    assert "restore it from a backup" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "write",
    [
        lambda key: base64.b64encode(key).decode() + "\n",
        lambda key: base64.urlsafe_b64encode(key).decode().rstrip("="),
        lambda key: f"  {key.hex()}  ",
    ],
)
def test_a_key_made_by_hand_is_read_in_the_usual_notations(
    tmp_path: Path, write: Callable[[bytes], str]
) -> None:
    key, path = os.urandom(32), tmp_path / "master.key"
    path.write_text(write(key))
    path.chmod(0o600)
    assert load(path) == key


def test_what_is_no_key_is_decoded_to_nothing() -> None:
    assert [decode_key(text) for text in ("", "é", "correct horse battery staple", "=" * 44)] == [None] * 4


def test_a_key_that_must_be_there_and_is_not_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "master.key")
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_or_folder_in_its_place_does_not_hold_up_the_start(tmp_path: Path) -> None:
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe, 0o600)
    folder.mkdir(0o700)
    for path in (pipe, folder):
        with pytest.raises(KeyFileError, match="is not a file"):
            load_or_create(path)


def test_a_folder_that_cannot_be_is_named_with_a_fix(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("a file where the folder should be")
    with pytest.raises(KeyFileError) as refusal:
        load_or_create(tmp_path / "instance" / "master.key")
    assert str(tmp_path / "instance" / "master.key") in str(refusal.value)
    assert "\n" not in str(refusal.value)
