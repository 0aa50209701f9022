"""The settings of mobilité: `MOBILITE_…` variables, read once at the start."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from socle.web_push import WebPushSettings


class MobiliteSettings(WebPushSettings):
    """The settings of the roles of mobilité."""

    model_config = SettingsConfigDict(env_prefix="MOBILITE_")

    port: int = Field(default=8101, ge=0, le=65535, description="Port of the HTTP endpoint")
    postgres: SecretStr | None = Field(
        default=None,
        description="PostgreSQL URL of the service's own database; for the import and desk roles, "
        "and for the journeys role with MOBILITE_PUSH_KEY",
    )
    feeds: Path = Field(description="feeds.toml: the operators' feeds, re-read when it changes")
    data: Path = Field(
        description="Folder of packed timetables, streets and addresses, of machine code and of "
        "what is learned of forecasts; each role has its own subfolder"
    )
    streets: Path | None = Field(
        default=None,
        description="OpenStreetMap extract of the region (.osm.pbf), read again when it changes; "
        "unset: distances on foot are straight × 1.3",
    )
    timetable_address: str | None = Field(
        default=None,
        description="Base URL where replicas fetch packed timetables from the import role; "
        "unset: its own host and port",
    )
    import_seconds: float = Field(
        default=3600.0, gt=0, description="Seconds between two imports of a schedule"
    )
    poll_seconds: float = Field(
        default=15.0, gt=0, description="Seconds between two polls of a real-time address"
    )
    archive_hours: float = Field(
        default=48.0,
        ge=0,
        description="Hours for which raw real time is stored in data/archive; 0: not at all",
    )
    archive_bytes: int = Field(
        default=2 * 2**30, ge=0, description="Maximum bytes of raw real time stored there"
    )
    passages_days: int = Field(
        default=400,
        ge=1,
        description="Days for which observed passages are stored in data/passages, and their "
        "figures; for the indicators role",
    )
    on_time_early_seconds: int = Field(
        default=60, ge=0, description="Earliness of a call that is on time, at most"
    )
    on_time_late_seconds: int = Field(
        default=300, ge=0, description="Delay of a call that is on time, at most, except trains"
    )
    on_time_rail_late_seconds: int = Field(
        default=359, ge=0, description="Delay of a train that is on time, at most"
    )
    desk: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s?#]+$",
        description="Base URL of the desk role, whose notices are polled as a source of every feed",
    )
    estimates: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s?#]+$",
        description="Base URL of the indicators role, whose estimates are polled as a source of "
        "the feeds that declare `estimate`",
    )
    desk_keys: Path | None = Field(
        default=None, description="desk.toml: digests of the operators' keys; for the desk role"
    )
    communes: Path | None = Field(
        default=None,
        description="CSV of communes, postcodes and positions (La Poste, BAN); for the api and "
        "journeys roles",
    )
    addresses: Path | None = Field(
        default=None,
        description="CSV of addresses (BAN), perhaps compressed with gzip, read again when it "
        "changes; unset: those of the extract of MOBILITE_STREETS; for the api and journeys roles",
    )
    car_parks: Path | None = Field(
        default=None,
        description="CSV of car parks (BNLS), of which the park-and-rides are used, read again "
        "when it changes; unset: no journey parks; for the journeys role",
    )
    hubs: Path | None = Field(
        default=None,
        description="hubs.toml: hubs declared in place of those found; for the api and journeys "
        "roles",
    )
    emissions: Path | None = Field(
        default=None,
        description="TOML file of an operator's own emission factors, and of the networks that "
        "they apply to; for the api and journeys roles",
    )
    tight_probability: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="A connection that is caught less often is tight; for the journeys role",
    )
    tight_seconds: int = Field(
        default=120,
        ge=0,
        description="Where too little was observed: a connection with fewer seconds left is tight",
    )
    push_delay_seconds: int = Field(
        default=300, ge=60, description="Seconds from which another delay is notified"
    )
    publisher: str = Field(
        default="Région Lab",
        min_length=1,
        description="Who publishes the merged feeds, for their feed_info.txt",
    )
    publisher_url: str = Field(
        default="https://regionlab.example.org",
        pattern=r"^https?://[^\s]+$",
        description="Web address of the publisher, for the same file",
    )

    @field_validator(
        "streets",
        "communes",
        "addresses",
        "car_parks",
        "hubs",
        "emissions",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None
