"""The settings of portail: `PORTAIL_…` variables, read once at the start."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from socle.settings import ServiceSettings

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
    api: Address = Field(description="where the public API answers: the gateway")
    api_key: SecretStr | None = Field(
        default=None, description="with which the pages ask: their readers' requests are theirs"
    )
    zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="Europe/Paris", description="the time of day of what has no stop to tell it"
    )
    contact: str = Field(
        default="", description="where people write to about accessibility, as shown on its page"
    )
