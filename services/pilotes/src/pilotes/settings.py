"""The settings of pilotes: `PILOTES_…` variables, read once at the start."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socle.settings import ServiceSettings


class PilotesSettings(ServiceSettings):
    """What the roles of pilotes need to know of where they run."""

    model_config = SettingsConfigDict(env_prefix="PILOTES_")

    port: int = Field(default=8105, ge=0, le=65535)
