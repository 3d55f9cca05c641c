"""Settings from the environment (and ``.env``): every problem reported at once, secrets never shown."""

import re
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.config_values import amount, is_cron, is_safe_address, is_store, json_object, words
from bot.domain.alert import QuietHours
from bot.domain.roles import MAY_BE_PAYING_ROLES, PAYING_ROLES

_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,}")
_PORTAL = "https://portal.azure.{}/#blade/Microsoft_Azure_GTM/ModernBillingMenuBlade/Invoices"
_PORTALS = {"public": "com", "usgov": "us", "china": "cn"}
_MISSING = "is missing"
_PLACEHOLDERS = {"billing_account", "billing_profile", "invoice"}


class SettingsInvalid(Exception):
    """The settings cannot be used; ``problems`` (list of str) names each one with its fix."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """All settings; the field's name in capitals is the variable's name.

    Every description is the fix shown when the value is wrong or missing.
    """

    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    slack_bot_token: SecretStr = Field(
        description="the bot token of your Slack app (OAuth & Permissions), it starts with xoxb-"
    )
    slack_app_token: SecretStr | None = Field(
        default=None, description="an app-level token for Socket Mode, it starts with xapp-"
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="the signing secret of your Slack app (Basic Information); only Socket Mode needs none",
    )
    slack_signing_secret_previous: SecretStr | None = Field(
        default=None,
        description="the signing secret before it was regenerated, for as long as Slack may use it; "
        "else leave it empty",
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        description="an https address (plain http only on loopback)",
    )
    alert_routes: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict,
        description='JSON such as {"billing profile id or name": "C0123456789"}',
    )
    alert_channel: str = Field(
        default="",
        validate_default=True,
        description="the id of the finance channel, such as C0123456789 (not its #name)",
    )
    allow_shared_channels: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        description="ids or names of channels that other companies, guests or the whole workspace "
        "may read, separated by commas",
    )
    azure_billing_accounts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="billing account names separated by commas"
    )
    azure_cloud: Literal["public", "usgov", "china"] = Field(
        default="public", description="one of public, usgov, china"
    )
    azure_management_url: str = Field(
        default="", description="an https address (plain http only on loopback)"
    )
    microsoft_graph_url: str = Field(
        default="", description="an https address (plain http only on loopback)"
    )
    azure_tenant_id: str = Field(default="", description="the tenant id of your directory")
    redis_url: SecretStr | None = Field(
        default=None,
        description="redis://, rediss://, unix://, redis+cluster:// or redis+sentinel://; "
        "leave it empty for the built-in store",
    )
    allow_volatile_store: bool = Field(
        default=False, description="1 to run on a Redis that may lose or evict what it is told"
    )
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("azure-invoice-bot", appauthor=False),
        description="a folder the bot may write to",
    )
    payer_roles: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(PAYING_ROLES),
        description=f"role keys separated by commas, from: {', '.join(MAY_BE_PAYING_ROLES)}",
    )
    payment_mode: Literal["portal", "api"] = Field(
        default="portal", description="portal, or api for Azure's pay-now preview"
    )
    portal_invoice_url: str = Field(
        default="",
        description="an https address, it may hold {billing_account}, {billing_profile} and {invoice}",
    )
    confirmation_ttl_seconds: int = Field(
        default=600, ge=1, le=86_400, description="whole seconds from 1 to 86400"
    )
    scan_every_seconds: int = Field(
        default=900, ge=1, le=86_400, description="whole seconds from 1 to 86400"
    )
    remind_on_days: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(-3, 0, 1, 7, 14, 30),
        description="whole days relative to the due date separated by commas, such as -3,0,1,7",
    )
    quiet_hours: str = Field(
        default="",
        description="a span such as 18:00-08:00, the word weekends, or both: 18:00-08:00,weekends",
    )
    digest_cron: str = Field(
        default="",
        description="when to post the digest, as a cron expression such as 0 9 * * 1-5",
    )
    four_eyes_above: Annotated[dict[str, Decimal], NoDecode] = Field(
        default_factory=dict, description='JSON such as {"USD": 10000}'
    )
    card_limit: Annotated[dict[str, Decimal], NoDecode] = Field(
        default={"USD": Decimal(50_000)}, description='JSON such as {"USD": 50000}'
    )
    snooze_max_days: int = Field(default=14, ge=1, le=90, description="whole days from 1 to 90")
    lookup_access: Literal["role", "workspace"] = Field(
        default="role", description="role or workspace"
    )
    locale: str = Field(default="en", description="a language such as en or fr")
    timezone: str = Field(default="UTC", description="a time zone such as Europe/Paris")
    host: str = Field(default="127.0.0.1", description="the address to listen on")
    port: int = Field(default=3000, ge=1, le=65_535, description="a port from 1 to 65535")
    heartbeat_url: str = Field(
        default="", description="an https address to call after each complete scan"
    )
    metrics_port: int = Field(
        default=0, ge=0, le=65_535, description="a port for the worker's metrics, 0 for none"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR"
    )
    log_format: Literal["console", "json"] = Field(default="console", description="console or json")

    @field_validator("*", mode="before")
    @classmethod
    def _tidy(cls, value: object) -> object:
        # Copied values and secret files often end in a line break.
        return value.strip() if isinstance(value, str) else value

    @field_validator("slack_bot_token")
    @classmethod
    def _bot_token(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("xoxb-", "xoxe.xoxb-")):
            raise ValueError("it is no bot token")
        return value

    @field_validator("slack_app_token")
    @classmethod
    def _app_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("it is no app-level token")
        return value

    @field_validator(
        "slack_api_url", "azure_management_url", "microsoft_graph_url", "heartbeat_url"
    )
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not is_safe_address(value):
            raise ValueError("it is no such address")
        return value

    @field_validator("slack_signing_secret")
    @classmethod
    def _signing_secret(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("slack_app_token", "wrong") is None:
            raise ValueError(_MISSING)
        return value

    @field_validator("alert_channel")
    @classmethod
    def _channel(cls, value: str, info: ValidationInfo) -> str:
        if not value and not info.data.get("alert_routes", "wrong"):
            raise ValueError(_MISSING)
        if value and not _CHANNEL.fullmatch(value):
            raise ValueError("it is no channel id")
        return value

    @field_validator("alert_routes", mode="before")
    @classmethod
    def _routes(cls, value: object) -> object:
        routes = json_object(value)
        if not all(_CHANNEL.fullmatch(str(channel)) for channel in routes.values()):
            raise ValueError("each value is a channel id")
        return {key.strip().lower(): channel for key, channel in routes.items()}

    @field_validator("azure_billing_accounts", mode="before")
    @classmethod
    def _accounts(cls, value: object) -> object:
        return tuple(words(value))

    @field_validator("allow_shared_channels", mode="before")
    @classmethod
    def _shared(cls, value: object) -> object:
        return frozenset(word.lstrip("#").lower() for word in words(value))

    @field_validator("redis_url")
    @classmethod
    def _store(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not is_store(value.get_secret_value()):
            raise ValueError("the bot cannot use it")
        return value

    @field_validator("payer_roles", mode="before")
    @classmethod
    def _payers(cls, value: object) -> object:
        roles = frozenset(word.lower() for word in words(value))
        unknown = roles - set(MAY_BE_PAYING_ROLES)
        if unknown or not roles:
            raise ValueError("it names a role that cannot pay" if unknown else "it names no role")
        return roles

    @field_validator("portal_invoice_url")
    @classmethod
    def _portal(cls, value: str) -> str:
        if value:
            # Name, format and conversion of each: only the plain names can be filled in.
            fields = {field[1:] for field in Formatter().parse(value) if field[1] is not None}
            if not is_safe_address(value) or fields - {(name, "", None) for name in _PLACEHOLDERS}:
                raise ValueError("it is no such address")
        return value

    @field_validator("remind_on_days", mode="before")
    @classmethod
    def _days(cls, value: object) -> object:
        listed = words(value)
        if not listed or not all(re.fullmatch(r"[+-]?[0-9]{1,3}", word) for word in listed):
            raise ValueError("it is no list of whole days")
        days = sorted({int(word) for word in listed})
        if max(-days[0], days[-1]) > 365:  # noqa: PLR2004  # a year either way
            raise ValueError("from -365 to 365")
        return tuple(days)

    @field_validator("four_eyes_above", "card_limit", mode="before")
    @classmethod
    def _limits(cls, value: object) -> object:
        limits = {key.upper(): amount(limit) for key, limit in json_object(value).items()}
        if not all(re.fullmatch("[A-Z]{3}", key) for key in limits):
            raise ValueError("each key is a currency code")
        return limits

    @field_validator("quiet_hours")
    @classmethod
    def _quiet(cls, value: str) -> str:
        try:
            QuietHours.of(value)
        except ValueError:
            raise ValueError("it is no span of time") from None
        return value

    @field_validator("digest_cron")
    @classmethod
    def _cron(cls, value: str) -> str:
        if value and not is_cron(value):
            raise ValueError("it is no cron expression of five fields")
        return value

    @field_validator("locale")
    @classmethod
    def _language(cls, value: str) -> str:
        try:
            return str(Locale.parse(value.replace("-", "_")))
        except (UnknownLocaleError, ValueError) as error:
            raise ValueError("it is unknown") from error

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("it is unknown") from error

    @property
    def portal_template(self) -> str:
        """The link template for the portal: the configured one, or the cloud's Invoices page."""
        return self.portal_invoice_url or _PORTAL.format(_PORTALS[self.azure_cloud])


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsInvalid: with one line for each wrong or missing value.
    """
    try:
        return Settings()  # type: ignore[call-arg]  # the environment gives the arguments
    except ValidationError as error:
        raise SettingsInvalid(_problems(error)) from None


def _problems(error: ValidationError) -> list[str]:
    """One line per problem: the variable, what is wrong, the fix; never the value."""
    found: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        missing = one["type"] == "missing" or _MISSING in one["msg"]
        found[str(one["loc"][0])] = "is missing" if missing else f"is wrong ({_plain(one['msg'])})"
    return [
        f"{name.upper()} {what}: set it to {Settings.model_fields[name].description}."
        for name, what in found.items()
    ]


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")
