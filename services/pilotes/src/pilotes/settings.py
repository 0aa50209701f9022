"""The settings of pilotes: `PILOTES_…` variables, read once at the start."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from socle.web_push import WebPushSettings


class PilotesSettings(WebPushSettings):
    """The settings of the roles of pilotes."""

    model_config = SettingsConfigDict(env_prefix="PILOTES_")

    port: int = Field(default=8105, ge=0, le=65535, description="port of the HTTP API")
    postgres: SecretStr = Field(description="PostgreSQL URL of the service's own database")
    key: SecretStr = Field(
        min_length=32,
        description="encrypts the pilots' salts and the addresses of messages, and authenticates "
        "the links in messages; with another one, all of these are lost",
    )
    signing_keys: Path = Field(
        description="the private JWKS decisions are signed with (secret file); the first signs"
    )
    public: str = Field(
        default="http://localhost:8080",
        pattern=r"^https?://[^/\s]+$",
        description="where callers reach the platform: links of invitations lead there",
    )
    api: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+$",
        description="address of the gateway, whose feeds and services the lab's page watches; "
        "None: it does not",
    )
    smtp_host: str = Field(
        default="", description="mail server that sends messages; empty: none is sent nor offered"
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="of the connection; none: only inside one machine"
    )
    smtp_login: Path | None = Field(
        default=None,
        description="file of a user and a password, a line each (secret file); None or empty: "
        "without a login",
    )
    smtp_from: str = Field(default="", description="the address that messages are from")
    connections: int = Field(default=10, ge=2, le=500, description="connections to PostgreSQL")

    @model_validator(mode="after")
    def _check_mail(self) -> Self:
        if self.smtp_host and not self.smtp_from:
            raise ValueError("PILOTES_SMTP_HOST demande PILOTES_SMTP_FROM, l'adresse d'envoi")
        return self
