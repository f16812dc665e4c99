"""One process works in the background, and another one takes over when it ends."""

import os
import signal
import time
from pathlib import Path

from portal.jobs.duty import FILE, Duty


def hold(folder: Path) -> int:
    """A process that has the duty until it is killed; its id."""
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(told, b"y" if Duty(folder).is_mine() else b"n")
        while True:
            time.sleep(60)
    assert os.read(ready, 1) == b"y"
    os.close(ready)
    os.close(told)
    return child


def test_one_has_it_until_it_is_given_back(tmp_path: Path) -> None:
    first, second = Duty(tmp_path), Duty(tmp_path)
    assert first.is_mine()
    assert first.is_mine()
    assert not second.is_mine()
    first.give_back()
    assert second.is_mine()
    assert not first.is_mine()


def test_a_killed_process_gives_it_back(tmp_path: Path) -> None:
    child = hold(tmp_path)
    duty = Duty(tmp_path)
    assert not duty.is_mine()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert duty.is_mine()


def test_everybody_works_where_no_file_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    assert Duty(tmp_path).is_mine()
    assert Duty(tmp_path).is_mine()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    assert Duty(tmp_path).is_mine()
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
