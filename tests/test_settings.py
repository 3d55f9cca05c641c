"""Settings: all problems at once, each with its fix, and secrets stay secret."""

import re
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from pydantic import SecretStr

from bot.config import Settings, SettingsInvalid, read_settings

EXAMPLE = Path(__file__).parents[1] / ".env.example"
NEEDED = {
    "SLACK_BOT_TOKEN": "xoxb-hush-token",
    "SLACK_SIGNING_SECRET": "hush-signing",
    "ALERT_CHANNEL": "C0FINANCE",
}
AZURE_IDENTITY = {"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"}
"""What azure-identity reads by itself, so that no setting of ours stands behind it."""

Read = Callable[..., Settings]
Wrong = Callable[..., list[str]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """Read the settings from the needed variables and those given; an empty one is left out."""
    monkeypatch.chdir(tmp_path)

    def reading(**given: str) -> Settings:
        for field in Settings.model_fields:
            monkeypatch.delenv(field.upper(), raising=False)
        for name, value in (NEEDED | given).items():
            monkeypatch.setenv(name, value)
        return read_settings()

    return reading


@pytest.fixture
def wrong(read: Read) -> Wrong:
    """The problems the settings have."""

    def problems(**given: str) -> list[str]:
        with pytest.raises(SettingsInvalid) as refused:
            read(**given)
        return refused.value.problems

    return problems


def told(value: object) -> object:
    """A setting's value in the open."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


DEFAULTS: dict[str, Any] = {
    "SLACK_APP_TOKEN": None,
    "SLACK_SIGNING_SECRET_PREVIOUS": None,
    "SLACK_API_URL": "https://slack.com/api/",
    "ALERT_ROUTES": {},
    "ALLOW_SHARED_CHANNELS": frozenset(),
    "AZURE_BILLING_ACCOUNTS": (),
    "AZURE_CLOUD": "public",
    "AZURE_MANAGEMENT_URL": "",
    "MICROSOFT_GRAPH_URL": "",
    "AZURE_TENANT_ID": "",
    "REDIS_URL": None,
    "ALLOW_VOLATILE_STORE": False,
    "PAYER_ROLES": {
        "billing-account-owner",
        "billing-account-contributor",
        "billing-profile-owner",
        "billing-profile-contributor",
    },
    "PAYMENT_MODE": "portal",
    "CARD_LIMIT": {"USD": 50_000},
    "PORTAL_INVOICE_URL": "",
    "CONFIRMATION_TTL_SECONDS": 600,
    "SCAN_EVERY_SECONDS": 900,
    "REMIND_ON_DAYS": (-3, 0, 1, 7, 14, 30),
    "FOUR_EYES_ABOVE": {},
    "SNOOZE_MAX_DAYS": 14,
    "QUIET_HOURS": "",
    "DIGEST_CRON": "",
    "HEARTBEAT_URL": "",
    "METRICS_PORT": 0,
    "LOOKUP_ACCESS": "role",
    "LOCALE": "en",
    "TIMEZONE": "UTC",
    "HOST": "127.0.0.1",
    "PORT": 3000,
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": "console",
}


def test_an_operator_can_leave_out_all_but_three_settings(read: Read) -> None:
    """Two secrets and a channel are enough; the rest has the documented defaults."""
    settings = read()
    assert {name: told(getattr(settings, name.lower())) for name in DEFAULTS} == DEFAULTS
    assert {name: told(getattr(settings, name.lower())) for name in NEEDED} == NEEDED
    assert settings.data_dir.name == "azure-invoice-bot"
    known = {name.upper() for name in Settings.model_fields}
    assert known == {*DEFAULTS, *NEEDED, "DATA_DIR"}, "a setting without a promise here"


RIGHT: list[tuple[str, str, Any]] = [
    ("SLACK_BOT_TOKEN", "xoxe.xoxb-1-rotated", "xoxe.xoxb-1-rotated"),
    ("SLACK_BOT_TOKEN", "xoxb-from-a-secret-file\n", "xoxb-from-a-secret-file"),
    ("SLACK_SIGNING_SECRET", " 8f742231b10e8888\r\n", "8f742231b10e8888"),
    ("SLACK_APP_TOKEN", "xapp-1-A1-2-abc", "xapp-1-A1-2-abc"),
    ("SLACK_API_URL", "http://127.0.0.1:8090/api/", "http://127.0.0.1:8090/api/"),
    ("SLACK_API_URL", "http://localhost/api/", "http://localhost/api/"),
    ("SLACK_API_URL", "http://[::1]:80/api/", "http://[::1]:80/api/"),
    ("ALERT_CHANNEL", "G0PRIVATE", "G0PRIVATE"),
    ("ALERT_ROUTES", '{" TIIZ-Q3Y4 ": "C0OTHER"}', {"tiiz-q3y4": "C0OTHER"}),
    ("ALLOW_SHARED_CHANNELS", "#Finance, C0SHARED,", {"finance", "c0shared"}),
    ("ALLOW_VOLATILE_STORE", "1", True),
    ("ALLOW_VOLATILE_STORE", "0", False),
    ("AZURE_BILLING_ACCOUNTS", "first, second,", ("first", "second")),
    ("AZURE_CLOUD", "usgov", "usgov"),
    ("AZURE_CLOUD", "china", "china"),
    ("AZURE_MANAGEMENT_URL", "https://arm.example", "https://arm.example"),
    ("MICROSOFT_GRAPH_URL", "https://graph.example/v1.0", "https://graph.example/v1.0"),
    ("REDIS_URL", "redis://:hush@cache:6379/1", "redis://:hush@cache:6379/1"),
    ("REDIS_URL", "rediss://cache", "rediss://cache"),
    ("REDIS_URL", "unix:///run/valkey.sock", "unix:///run/valkey.sock"),
    ("REDIS_URL", "redis+cluster://cache:7000", "redis+cluster://cache:7000"),
    ("REDIS_URL", "redis+sentinel://a:1,b:2/main", "redis+sentinel://a:1,b:2/main"),
    ("DATA_DIR", "/srv/bot", Path("/srv/bot")),
    ("PAYER_ROLES", "Invoice-Manager , billing-account-owner", {"invoice-manager", "billing-account-owner"}),
    ("PAYMENT_MODE", "portal", "portal"),
    ("PAYMENT_MODE", "api", "api"),
    ("CARD_LIMIT", '{"usd": 1000.5}', {"USD": Decimal("1000.5")}),
    ("CARD_LIMIT", "{}", {}),
    ("PORTAL_INVOICE_URL", "https://p/{billing_account}/{billing_profile}/{invoice}", ...),
    ("CONFIRMATION_TTL_SECONDS", "1", 1),
    ("SCAN_EVERY_SECONDS", "86400", 86_400),
    ("REMIND_ON_DAYS", "7, -3,+1,7", (-3, 1, 7)),
    ("FOUR_EYES_ABOVE", '{"usd": 10000.10, "EUR": "5"}', {"USD": Decimal("10000.10"), "EUR": 5}),
    ("SNOOZE_MAX_DAYS", "90", 90),
    ("QUIET_HOURS", "18:00-08:00,weekends", "18:00-08:00,weekends"),
    ("DIGEST_CRON", "30 7 * * 1-5", "30 7 * * 1-5"),
    ("HEARTBEAT_URL", "https://beat.example/1", "https://beat.example/1"),
    ("METRICS_PORT", "9100", 9_100),
    ("LOOKUP_ACCESS", "workspace", "workspace"),
    ("LOCALE", "de-AT", "de_AT"),
    ("TIMEZONE", "Europe/Paris", "Europe/Paris"),
    ("HOST", "::1", "::1"),
    ("PORT", "65535", 65_535),
    ("LOG_LEVEL", "DEBUG", "DEBUG"),
    ("LOG_FORMAT", "json", "json"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "value"), RIGHT)
def test_an_operator_can_set(read: Read, name: str, text: str, value: object) -> None:
    """Each variable is understood in every form it is documented to take."""
    expected = text if value is ... else value
    assert told(getattr(read(**{name: text}), name.lower())) == expected


def test_an_operator_can_do_without_the_signing_secret_in_socket_mode(read: Read) -> None:
    """Nothing comes in over HTTP there, so there is nothing to verify."""
    settings = read(SLACK_APP_TOKEN="xapp-1", SLACK_SIGNING_SECRET="")
    assert settings.slack_signing_secret is None


def test_an_operator_can_do_without_a_default_channel_where_routes_are_set(read: Read) -> None:
    """Routes alone are enough to post."""
    settings = read(ALERT_CHANNEL="", ALERT_ROUTES='{"Contoso Finance": "C0FINANCE"}')
    assert (settings.alert_channel, settings.alert_routes["contoso finance"]) == ("", "C0FINANCE")


WRONG = [
    ("SLACK_BOT_TOKEN", "xoxp-1-a-persons"),
    ("SLACK_BOT_TOKEN", "   "),
    ("SLACK_APP_TOKEN", "xoxb-not-this-one"),
    ("SLACK_API_URL", "http://slack.example/api/"),
    ("SLACK_API_URL", "http://127.0.0.1@slack.example/api/"),
    ("SLACK_API_URL", "http://localhost.slack.example/api/"),
    ("SLACK_API_URL", "https://"),
    ("SLACK_API_URL", "slack.com/api/"),
    ("ALERT_CHANNEL", "#finance"),
    ("ALERT_CHANNEL", "finance"),
    ("ALERT_ROUTES", "finance=C0OTHER"),
    ("ALERT_ROUTES", '["C0OTHER"]'),
    ("ALERT_ROUTES", '{"finance": "#other"}'),
    ("ALERT_ROUTES", '{"finance": 7}'),
    ("ALERT_ROUTES", "[" * 50_000),
    ("AZURE_CLOUD", "germany"),
    ("AZURE_MANAGEMENT_URL", "http://arm.example"),
    ("AZURE_MANAGEMENT_URL", "ftp://arm.example"),
    ("AZURE_MANAGEMENT_URL", "https://[arm.example"),
    ("MICROSOFT_GRAPH_URL", "http://10.0.0.1/v1.0"),
    ("REDIS_URL", "cache:6379"),
    ("REDIS_URL", "https://cache"),
    ("REDIS_URL", "redis://cache:port"),
    ("REDIS_URL", "redis://:with/slash@cache"),
    ("PAYER_ROLES", "billing-account-reader"),
    ("PAYER_ROLES", ","),
    ("PAYMENT_MODE", "carrier-pigeon"),
    ("CARD_LIMIT", '{"USD": "all of it"}'),
    ("PORTAL_INVOICE_URL", "http://portal.example/{invoice}"),
    ("PORTAL_INVOICE_URL", "https://portal.example/{number}"),
    ("PORTAL_INVOICE_URL", "https://portal.example/{invoice"),
    ("PORTAL_INVOICE_URL", "https://portal.example/{invoice!z}"),
    ("PORTAL_INVOICE_URL", "https://portal.example/{invoice:>99999999}"),
    ("CONFIRMATION_TTL_SECONDS", "0"),
    ("CONFIRMATION_TTL_SECONDS", "ten minutes"),
    ("SCAN_EVERY_SECONDS", "86401"),
    ("SCAN_EVERY_SECONDS", "1.5"),
    ("REMIND_ON_DAYS", "soon"),
    ("REMIND_ON_DAYS", "1;7"),
    ("REMIND_ON_DAYS", "366"),
    ("REMIND_ON_DAYS", ","),
    ("FOUR_EYES_ABOVE", "10000"),
    ("FOUR_EYES_ABOVE", '{"USD": "a lot"}'),
    ("FOUR_EYES_ABOVE", '{"USD": -1}'),
    ("FOUR_EYES_ABOVE", '{"USD": NaN}'),
    ("FOUR_EYES_ABOVE", '{"US dollars": 1}'),
    ("SNOOZE_MAX_DAYS", "0"),
    ("SNOOZE_MAX_DAYS", "a fortnight"),
    ("DIGEST_CRON", "@daily"),
    ("DIGEST_CRON", "0 9 * *"),
    ("DIGEST_CRON", "0 0 9 * * *"),
    ("DIGEST_CRON", "60 9 * * 1-5"),
    ("QUIET_HOURS", "evening"),
    ("QUIET_HOURS", "18:00"),
    ("QUIET_HOURS", "08:00-08:00"),
    ("QUIET_HOURS", "18:00+01:00-08:00"),
    ("HEARTBEAT_URL", "http://beat.example/1"),
    ("METRICS_PORT", "-1"),
    ("LOOKUP_ACCESS", "everybody"),
    ("LOCALE", "klingon"),
    ("TIMEZONE", "Mars/Olympus"),
    ("TIMEZONE", "../../etc/passwd"),
    ("TIMEZONE", "Europe"),
    ("PORT", "0"),
    ("PORT", "http"),
    ("PORT", "65536"),
    ("LOG_LEVEL", "loud"),
    ("LOG_FORMAT", "xml"),
]


@pytest.mark.parametrize(("name", "text"), WRONG, ids=lambda text: text[:40])
def test_an_operator_cannot_start_with_a_wrong_value(wrong: Wrong, name: str, text: str) -> None:
    """The variable is named together with its fix, and the value is not repeated."""
    (problem,) = wrong(**{name: text})
    assert problem.startswith(f"{name} is wrong (")
    assert problem.endswith(f": set it to {Settings.model_fields[name.lower()].description}.")
    assert len(problem) < 400
    reason = problem[: problem.index(": set it to")]
    assert len(text) < 4 or text not in reason


@pytest.mark.parametrize("name", NEEDED)
def test_an_operator_cannot_leave_out_what_is_needed(wrong: Wrong, name: str) -> None:
    """A missing value is named together with what to set it to."""
    (problem,) = wrong(**{name: ""})
    fix = Settings.model_fields[name.lower()].description
    assert problem == f"{name} is missing: set it to {fix}."


def test_an_operator_can_see_all_problems_at_once(wrong: Wrong) -> None:
    """Nobody has to start the bot ten times to find ten mistakes."""
    worst = {name: text for name, text in reversed(WRONG) if name not in NEEDED}
    problems = wrong(**worst, **dict.fromkeys(NEEDED, ""))
    named = {problem.split(" ")[0] for problem in problems}
    # Whether a channel or a signing secret is needed depends on settings that are wrong here.
    assert named == {*worst, "SLACK_BOT_TOKEN"}
    assert len(problems) == len(named)


def test_an_operator_can_see_every_missing_value_of_an_empty_environment(wrong: Wrong) -> None:
    """The very first start says all that has to be set."""
    problems = wrong(**dict.fromkeys(NEEDED, ""))
    assert sorted(problem.split(" ")[0] for problem in problems) == sorted(NEEDED)


SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-hush-1",
    "SLACK_APP_TOKEN": "xapp-hush-2",
    "SLACK_SIGNING_SECRET": "hush-3",
    "SLACK_SIGNING_SECRET_PREVIOUS": "hush-5",
    "REDIS_URL": "redis://user:hush-4@cache:6379",
}


def test_nobody_can_read_a_secret_from_the_settings(read: Read) -> None:
    """Printed, represented or dumped, they show no token, secret or password."""
    settings = read(**SECRETS)
    for shown in (repr(settings), str(settings), settings.model_dump_json(), f"{settings!r:>9}"):
        assert "hush" not in shown


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SLACK_BOT_TOKEN", "hush-1"),
        ("SLACK_APP_TOKEN", "hush-2"),
        ("REDIS_URL", "http://user:hush-4@cache"),
        ("REDIS_URL", "redis://user:hu℀sh-4@cache"),
        ("REDIS_URL", "redis://user:hush#4@cache:99999999"),
    ],
)
def test_nobody_can_read_a_wrong_secret_from_the_problems(
    wrong: Wrong, name: str, text: str
) -> None:
    """A token in the wrong place or a malformed address is not repeated, not even in part."""
    problems = wrong(**{name: text})
    shown = repr(SettingsInvalid(problems))
    assert name in shown
    assert not re.search("hu.?sh", shown)


def test_an_operator_can_find_every_setting_in_the_example(read: Read) -> None:
    """``.env.example`` shows each setting, no other, and works as it stands with all of it on."""
    every = re.sub(r"^#([A-Z_]+=)", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE)
    shown = dotenv_values(stream=StringIO(every))
    known = {name.upper() for name in Settings.model_fields}
    assert shown.keys() == known | AZURE_IDENTITY
    filled = {name: value for name, value in shown.items() if value}
    settings = read(**filled)
    for name in filled.keys() - {"ALERT_ROUTES", "FOUR_EYES_ABOVE"}:  # without a default to show
        assert told(getattr(settings, name.lower())) == DEFAULTS[name], name
