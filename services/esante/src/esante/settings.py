"""The settings of e-santé: `ESANTE_…` variables, read once at startup."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from socle.http import origin_of
from socle.settings import ServiceSettings

_MOST_PROCESSES: Final = 4
"""Without the setting: each takes connections to PostgreSQL, and memory."""


class EsanteSettings(ServiceSettings):
    """The settings of the roles of e-santé."""

    model_config = SettingsConfigDict(env_prefix="ESANTE_")

    port: int = Field(default=8104, ge=0, le=65535, description="Port of the HTTP endpoint")
    processes: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Processes that share the port; 0: one for each core, four at most",
    )
    postgres: SecretStr = Field(description="PostgreSQL URL of the service's own database")
    base: str = Field(
        default="http://localhost:8080/fhir",
        pattern=r"^https?://[^\s?#]+[^/\s?#]$",
        description="The FHIR base as callers see it, without a slash at its end",
    )
    connections: int = Field(
        default=12,
        ge=2,
        le=500,
        description="Connections to PostgreSQL, of all processes; searches have as many",
    )
    body_bytes: int = Field(
        default=8 * 1024 * 1024,
        ge=1024,
        le=256 * 1024 * 1024,
        description="Maximum size of a request body, in bytes",
    )
    bundle_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=1024,
        le=256 * 1024 * 1024,
        description="Maximum size of a batch or transaction, in bytes, if that is more",
    )
    binary_bytes: int = Field(
        default=50 * 1024 * 1024,
        ge=1024,
        le=1024 * 1024 * 1024,
        description="Maximum size of a Binary that is sent as bytes, in bytes",
    )
    bodies_bytes: int = Field(
        default=128 * 1024 * 1024,
        ge=1024,
        le=4 * 1024 * 1024 * 1024,
        description="Maximum size of all request bodies that are held at once, in bytes; a quarter"
        " of it for one account",
    )
    if_match_required: bool = Field(
        default=False, description="Refuse updates, patches and deletes without If-Match (428)"
    )
    search_seconds: float = Field(
        default=5.0, gt=0, le=60, description="Time limit of one search, in seconds"
    )
    export_hours: float = Field(
        default=24.0, gt=0, le=24 * 30, description="How long the files of an export are stored"
    )
    export_file_bytes: int = Field(
        default=256 * 1024 * 1024,
        ge=1024,
        le=2**40,
        description="Size at which a file of an export is followed by another, in bytes",
    )
    export_stored_bytes: int = Field(
        default=32 * 1024 * 1024 * 1024,
        ge=1024,
        le=2**50,
        description="Maximum size of all files of the exports of one client, in bytes before they"
        " are compressed",
    )

    emergency_accesses: int = Field(
        default=20,
        ge=1,
        le=1000,
        description="Emergency accesses of one professional in 24 hours, whatever the record",
    )
    traces: Path | None = Field(
        default=None,
        description="Folder of the traces that are not in PostgreSQL yet, on a local disk, of one"
        " database; required in production, elsewhere a temporary folder",
    )
    traces_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=4096,
        le=2**40,
        description="Bytes of traces of one process that can wait for PostgreSQL; then requests are"
        " refused (503)",
    )
    traces_days: int = Field(
        default=365, ge=30, le=3650, description="How long the chain of traces is stored, in days"
    )

    subscription_origins: str = Field(
        default="",
        description="Origins of subscribers inside our network, separated by commas: "
        "https://moteur.chu.example. Without TLS too, if they are written so",
    )

    @property
    def trusted_origins(self) -> frozenset[tuple[str, str, int]]:
        """The origins of `subscription_origins`: scheme, host and port."""
        return frozenset(origin_of(each.strip()) for each in self.subscription_origins.split(","))

    @property
    def traces_folder(self) -> Path:
        """The folder of the journals of this database: a trace never enters another chain.

        One that is given stays the same when the address of the database changes, so that what a
        dead process has left is found.
        """
        if self.traces is not None:
            return self.traces
        root = Path(tempfile.gettempdir()) / f"regionlab-traces-{os.getuid()}"
        database = self.postgres.get_secret_value().rpartition("@")[2]  # without the password
        return root / hashlib.sha256(database.encode()).hexdigest()[:16]

    @property
    def process_count(self) -> int:
        """How many processes share the port."""
        return self.processes or min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)

    @property
    def process_connections(self) -> int:
        """Connections of one process to PostgreSQL."""
        return max(2, -(-self.connections // self.process_count))

    @property
    def largest_held(self) -> int:
        """Maximum size of a body that is held in memory, in bytes."""
        return max(self.body_bytes, self.bundle_bytes)

    @property
    def largest_body(self) -> int:
        """Maximum size of a body of any request, in bytes."""
        return max(self.largest_held, self.binary_bytes)
