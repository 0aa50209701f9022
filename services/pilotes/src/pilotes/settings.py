"""The settings of pilotes: `PILOTES_…` variables, read once at the start."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from socle.settings import ServiceSettings


class PilotesSettings(ServiceSettings):
    """The settings of the roles of pilotes."""

    model_config = SettingsConfigDict(env_prefix="PILOTES_")

    port: int = Field(default=8105, ge=0, le=65535, description="port of the HTTP API")
    postgres: SecretStr = Field(description="PostgreSQL URL of the service's own database")
    key: SecretStr = Field(
        min_length=32, description="seals the pilots' salts; another one cannot read them"
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
    connections: int = Field(default=10, ge=2, le=500, description="connections to PostgreSQL")
