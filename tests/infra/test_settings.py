"""Settings: what a start refuses, and in which words."""

from pathlib import Path

import pytest

from portal.infra.settings import Settings, SettingsError, load_settings


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
        ("PORTAL_SIGN_UP", "maybe", "'open' or 'closed'"),
        ("PORTAL_WORKERS", "none", "integer"),
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
