"""The settings of portail: `PORTAIL_…` variables, read once at the start."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from socle.settings import ServiceSettings

TileAddress = Annotated[str, Field(pattern=r"^https://[^/\s?#;,]+/[^\s;,]*$")]
Address = Annotated[str, Field(pattern=r"^https?://[^/\s?#]+/?$")]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("un fuseau horaire est attendu (Europe/Paris)") from None
    return name


class PortailSettings(ServiceSettings):
    """The settings of the pages."""

    model_config = SettingsConfigDict(env_prefix="PORTAIL_")

    port: int = Field(default=8102, ge=0, le=65535)
    api: Address = Field(description="Address of the public API: the gateway's")
    api_key: SecretStr | None = Field(
        default=None, description="API key whose account the requests of the pages are counted to"
    )
    public: Address = Field(
        default="http://localhost:8080",
        description="Address of the platform for browsers: the redirect URIs of the record pages",
    )
    client_id: str = Field(
        default="portail", description="OAuth client of the record pages, in clients.toml"
    )
    client_secret: SecretStr | None = Field(
        default=None, description="Password of that client; None: no record pages"
    )
    zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="Europe/Paris", description="Time zone of times that do not belong to a stop"
    )
    operator: str = Field(
        default="", description="Organisation that operates this installation, in the legal notice"
    )
    contact: str = Field(
        default="",
        description="E-mail address for questions about accessibility, privacy and the site",
    )
    tiles: TileAddress | None = Field(
        default=None,
        description="Address of the tiles behind maps, with {z}, {x} and {y}; None: only the "
        "networks' own lines, and no other server is contacted",
    )
    tiles_credit: str = Field(default="", description="Whom to credit for the tiles")
    demonstration: bool = Field(
        default=False,
        description="Whether people and data are made up, which the legal notice then states",
    )
