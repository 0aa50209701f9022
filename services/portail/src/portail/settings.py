"""The settings of portail: `PORTAIL_…` variables, read once at the start."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socle.settings import ServiceSettings


class PortailSettings(ServiceSettings):
    """What the roles of portail need to know of where they run."""

    model_config = SettingsConfigDict(env_prefix="PORTAIL_")

    port: int = Field(default=8102, ge=0, le=65535)
