"""Settings: what a start refuses, and in which words."""

from pathlib import Path

import pytest

from portal.infra.counting import make_folder
from portal.infra.settings import Settings, SettingsError, load_settings
from portal.infra.smtp import mailer_of


def test_an_empty_environment_is_enough() -> None:
    settings = load_settings({})
    assert settings.base_url == "http://localhost:8000"
    assert settings.database_url.endswith("/instance/portal.db")
    assert settings.mail_from == "Portal <no-reply@localhost>"


def test_the_port_decides_the_default_address() -> None:
    assert load_settings({"PORT": "9000"}).base_url == "http://localhost:9000"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PORTAL_BASE_URL", "id.example.org", "with its scheme"),
        ("PORTAL_BASE_URL", "http://id.example.org", "use https"),
        ("PORTAL_BASE_URL", "https://id.example.org/sso", "leave out the path"),
        ("PORTAL_BASE_URL", "https://id.example.org/?a=b", "leave out query"),
        ("PORTAL_DATABASE_URL", "mysql://localhost/x", "sqlite:///path/to/file.db"),
        ("PORTAL_REDIS_URL", "localhost:6379", "redis://"),
        ("PORTAL_SMTP_URL", "mail.example.org", "smtps://"),
        ("PORTAL_BASE_URL", "https://id.example.org:99999", "that is no address"),
        ("PORTAL_BASE_URL", "https://[::1", "that is no address"),
        ("PORTAL_BASE_URL", "https://id example.org", "host name"),
        ("PORTAL_DATABASE_URL", "sqlite:///:memory:", "name a file"),
        ("PORTAL_DATABASE_URL", "postgresql://portal:p/w@db/portal", "percent-encoded"),
        ("PORTAL_REDIS_URL", "redis://cache:port/0", "percent-encoded"),
        ("PORTAL_SMTP_URL", "smtps://:465", "smtps://"),
        ("PORTAL_BIND", "999.1.1.1", "127.0.0.1"),
        ("PORTAL_AUDIT_CHECKPOINT_MAIL", "audit", "audit@example.org"),
        ("PORTAL_AUDIT_CHECKPOINT_WEBHOOK", "ftp://hooks.example.org", "https"),
        ("PORTAL_KEY_SIGNER", "ftp://signer", "unix:"),
        ("PORTAL_SOFTWARE_STATEMENT_KEYS", "/nowhere/keys.json", "no such file"),
        ("PORTAL_THROTTLES", "perhaps", "true or false"),
        ("PORTAL_NAME", "x" * 61, "at most 60"),
        ("PORTAL_SIGN_UP", "maybe", "'open' or 'closed'"),
        ("PORTAL_WORKERS", "none", "whole number"),
        ("PORT", "99999", "65535"),
        ("PORTAL_SECRET_KEY", "short", "32"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_setting(variable: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({variable: value})
    text = str(refused.value)
    assert text.startswith(f"{variable}: ")
    assert words in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("given", "issuer"),
    [
        ("https://ID.Example.org:443/", "https://id.example.org"),
        ("http://localhost:80", "http://localhost"),
        ("https://id.example.org:8443", "https://id.example.org:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_address_is_what_browsers_send(given: str, issuer: str) -> None:
    assert load_settings({"PORTAL_BASE_URL": given}).base_url == issuer


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"smtp_url": "smtp://mail.example.org"}, "PORTAL_SMTP_URL: plain"),
        ({"mail_from": "nobody"}, "PORTAL_MAIL_FROM: give an address"),
    ],
)
def test_mail_that_could_not_leave_is_refused_by_name(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        mailer_of(Settings(**given))


def test_a_refused_secret_is_not_quoted() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"PORTAL_MASTER_KEY": "hunter2hunter2"})
    assert "hunter2" not in str(refused.value)


def test_a_misspelt_name_is_told_the_right_one() -> None:
    with pytest.raises(
        SettingsError, match="PORTAL_BASEURL is not a setting of Portal; did you mean PORTAL_BASE_URL"
    ):
        load_settings({"PORTAL_BASEURL": "https://id.example.org"})


def test_a_value_may_stand_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "smtp"
    secret.write_text("smtps://user:pw@mail.example.org\n")
    assert load_settings({"PORTAL_SMTP_URL_FILE": str(secret)}).smtp_url == "smtps://user:pw@mail.example.org"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"PORTAL_SMTP_URL_FILE: .*can't be read"):
        load_settings({"PORTAL_SMTP_URL_FILE": str(tmp_path / "nothing")})


def test_an_empty_file_is_no_default(tmp_path: Path) -> None:
    secret = tmp_path / "database"
    secret.write_text("\n")
    with pytest.raises(SettingsError, match=r"PORTAL_DATABASE_URL_FILE: .* is empty"):
        load_settings({"PORTAL_DATABASE_URL_FILE": str(secret)})


def test_a_value_and_a_file_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("cd" * 32)
    given = {"PORTAL_MASTER_KEY": "ab" * 32, "PORTAL_MASTER_KEY_FILE": str(tmp_path / "key")}
    with pytest.raises(SettingsError, match="PORTAL_MASTER_KEY and PORTAL_MASTER_KEY_FILE are both set"):
        load_settings(given)


def test_what_lies_in_the_folder_is_for_its_owner(tmp_path: Path) -> None:
    make_folder(tmp_path / "instance", 1)
    assert (tmp_path / "instance").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "instance").touch()
    with pytest.raises(SettingsError, match=r"PORTAL_INSTANCE_DIR: .* can't be written to"):
        make_folder(tmp_path / "instance", 1)


def test_idle_time_fits_into_the_lifetime() -> None:
    with pytest.raises(SettingsError, match="PORTAL_SESSION_IDLE_MINUTES must not be above"):
        load_settings({"PORTAL_SESSION_IDLE_MINUTES": "600", "PORTAL_SESSION_LIFETIME_MINUTES": "60"})


def test_secrets_do_not_print_themselves() -> None:
    settings = load_settings({"PORTAL_MASTER_KEY": "m" * 43, "PORTAL_SECRET_KEY": "s" * 43})
    assert "mmm" not in repr(settings)
    assert "sss" not in repr(settings)


def test_the_environment_does_not_reach_settings_made_in_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_NAME", "Elsewhere")
    assert Settings().name == "Portal"
