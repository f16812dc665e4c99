"""Log lines as they leave the process, which is why each test runs one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from portal.infra.crypto.digests import TokenKind, issue
from portal.infra.ids import new_id

START = """
import logging, warnings, sys
import structlog
from portal.infra.logging import configure_logging
configure_logging({level!r}, {fmt!r})
log = structlog.get_logger("portal.test")
"""


def run(program: str, *, level: str = "INFO", fmt: str = "json") -> str:
    """What a program writes to stderr; it must write nothing else and end well."""
    done = subprocess.run(
        [sys.executable, "-c", START.format(level=level, fmt=fmt) + program],
        capture_output=True, text=True, timeout=60, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout == ""
    return done.stderr


def lines(program: str, *, level: str = "INFO") -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(program, level=level).splitlines()]


def test_a_line_is_one_json_object_with_time_level_logger_and_event_first() -> None:
    (line,) = lines('log.info("grant_revoked", grant_id="018f", reason="replay")')
    assert list(line) == ["timestamp", "level", "logger", "event", "grant_id", "reason"]
    assert line["timestamp"].endswith("Z")
    assert line["timestamp"][10] == "T"
    assert {name: line[name] for name in ("level", "logger", "event", "reason")} == {
        "level": "info", "logger": "portal.test", "event": "grant_revoked", "reason": "replay"
    }  # fmt: skip


def test_the_request_id_is_in_every_line_of_its_request_even_of_libraries() -> None:
    found = lines(
        """
structlog.contextvars.bind_contextvars(request_id="req_1")
log.info("one")
logging.getLogger("some.library").warning("two %s", "words")
structlog.contextvars.clear_contextvars()
log.info("three")
"""
    )
    assert [(line["event"], line.get("request_id")) for line in found] == [
        ("one", "req_1"), ("two words", "req_1"), ("three", None)
    ]  # fmt: skip
    assert found[1]["logger"] == "some.library"


def test_an_exception_is_in_its_line_without_what_its_text_gave_away() -> None:
    token = issue(TokenKind.SESSION, new_id()).token
    (line,) = lines(
        f"""
secret_local = "canary-1"
try:
    raise ValueError("token {token} is odd\\nand forged")
except ValueError:
    log.exception("failed", error_code="odd")
"""
    )
    assert line["level"] == "error"
    assert "Traceback (most recent call last)" in line["exception"]
    assert "ValueError" in line["exception"]
    assert token not in line["exception"]
    assert "canary-1" not in str(line)


@pytest.mark.parametrize("fmt", ["json", "pretty"])
def test_no_value_can_forge_a_line(fmt: str) -> None:
    forged = '\r\n{"timestamp":"2030-01-01T00:00:00Z","level":"info","event":"forged"}\x1b[2K\u2028\x85forged'
    output = run(
        f"""
forged = {forged!r}
log.info("sign_in_refused " + forged, username=forged, **{{"na" + forged + "me": forged}})
logging.getLogger("lib" + forged).error(forged + " %s", forged)
try:
    raise ValueError(forged)
except ValueError:
    log.exception("failed")
""",
        fmt=fmt,
    )
    assert "\x1b[2K" not in output
    assert "\u2028" not in output
    if fmt == "json":
        assert [json.loads(line)["level"] for line in output.splitlines()] == ["info", "error", "error"]
    else:
        starts = [line for line in output.splitlines() if not line.startswith("  │ ")]
        assert len(starts) == 3
        assert all(line[:2] == "20" and line[10] == "T" for line in starts)


def test_tokens_and_secret_fields_do_not_leave_the_process_by_any_way() -> None:
    token = issue(TokenKind.REFRESH_TOKEN, new_id()).token
    program = f"""
log.info("refused", refresh_token="{token}", form={{"password": "canary-2"}}, path="/x?code=canary-3")
log.warning("refused {token}")
logging.getLogger("lib").error("got %s", "{token}")
logging.getLogger("lib").error("Authorization: Bearer canary-4.canary-4")
warnings.warn("{token}")
print("", end="", file=sys.stderr)
"""
    for fmt in ("json", "pretty"):
        output = run(program, fmt=fmt)
        assert token[4:] not in output
        assert "canary" not in output
        assert output.count("[redacted]") >= 6


def test_libraries_that_log_secrets_at_debug_are_kept_above_it() -> None:
    found = lines(
        """
for name in ("authlib.oauth2", "httpcore.http11", "urllib3", "portal.other"):
    logging.getLogger(name).debug("debug")
    logging.getLogger(name).info("info")
logging.getLogger("sqlalchemy.engine").info("info")
log.debug("debug")
""",
        level="DEBUG",
    )
    assert [(line["logger"], line["event"]) for line in found] == [
        ("authlib.oauth2", "info"), ("httpcore.http11", "info"), ("urllib3", "info"), ("portal.other", "debug"),
        ("portal.other", "info"), ("portal.test", "debug"),
    ]  # fmt: skip


def test_levels_below_the_configured_one_are_silent() -> None:
    found = lines('log.info("no"); logging.getLogger("lib").info("no"); log.warning("yes")', level="WARNING")
    assert [line["event"] for line in found] == ["yes"]


def test_a_server_s_own_handlers_are_replaced_and_a_second_configuration_doubles_nothing() -> None:
    found = lines(
        """
for name in ("gunicorn.error", "werkzeug"):
    logging.getLogger(name).addHandler(logging.StreamHandler())
    logging.getLogger(name).propagate = False
configure_logging("INFO", "json")
configure_logging("INFO", "json")
logging.getLogger("gunicorn.error").info("Booting worker")
logging.getLogger("werkzeug").warning("odd request")
log.info("ours")
"""
    )
    assert [line["event"] for line in found] == ["Booting worker", "odd request", "ours"]


def test_a_log_that_cannot_be_written_ends_nothing() -> None:
    program = """
with open("/dev/full", "w") as full:
    sys.stderr, real = full, sys.stderr
    for _ in range(3):
        log.error("lost")
        logging.getLogger("lib").error("lost")
    sys.stderr = real
    log.info("still here")
    try:
        full.close()
    except OSError:
        pass
"""
    assert [line["event"] for line in lines(program)] == ["still here"]


def test_lines_of_many_threads_stay_whole() -> None:
    found = lines(
        """
import threading
def work(number):
    for turn in range(100):
        log.info("turn", number=number, turn=turn, text="x" * 500)
threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    )
    assert sorted((line["number"], line["turn"]) for line in found) == [
        (number, turn) for number in range(8) for turn in range(100)
    ]


def test_the_pretty_form_is_for_reading() -> None:
    output = run('log.info("grant_revoked", reason="replay")', fmt="pretty")
    assert len(output.splitlines()) == 1
    assert "grant_revoked" in output
    assert "reason=replay" in output
    assert "\x1b" not in output


def test_tests_can_still_capture_what_was_logged() -> None:
    program = """
log.info("before")
with structlog.testing.capture_logs() as captured:
    log.warning("inside", reason="x")
log.info(captured[0]["event"])
"""
    assert [line["event"] for line in lines(program)] == ["before", "inside"]
