"""`regionlab topics`: creates the topics declared in schemas/topics.toml, or lists them."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from regionlab.columns import in_columns
from regionlab.errors import Unreachable, UserError
from socle.errors import Retry
from socle.kafka import TopicChange, TopicSpec, ensure_topics

_FRENCH_CHANGES = {
    "created": "créé",
    "configured": "réglages mis à jour",
    "partitions added": "partitions ajoutées",
    "left": "laissé en l'état",
}


class Topic(BaseModel):
    """One entry of topics.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$")
    kind: Literal["fact", "table"]
    """A fact expires; a table is compacted by key."""
    producer: str
    """The service that writes it."""
    consumers: tuple[str, ...]
    """The services that read it."""
    personal_data: Literal["none", "pseudonymous", "health"]
    partitions: int = Field(ge=1, le=256)
    key: str = Field(min_length=1)
    """A description of the record key, for people."""
    summary: str = Field(min_length=1)
    retention_hours: float | None = Field(default=None, gt=0)
    """How long a fact is retained; None for a table."""
    ahead: bool = False
    """Whether its producer does not exist yet; its first consumer then defines the schema."""

    @property
    def source(self) -> str:
        """The service whose model the schema is generated from."""
        return self.consumers[0] if self.ahead else self.producer

    @model_validator(mode="after")
    def _facts_expire(self) -> "Topic":
        if (self.kind == "fact") != (self.retention_hours is not None):
            raise ValueError("un fait a une durée (retention_hours), une table n'en a pas")
        return self

    @model_validator(mode="after")
    def _schema_has_a_source(self) -> "Topic":
        if self.ahead and not self.consumers:
            raise ValueError("un sujet annoncé avant son producteur (ahead) a un premier lecteur")
        return self

    def spec(self, replicas: int) -> TopicSpec:
        """The topic as it must exist on the broker, with `replicas` copies of each partition."""
        spec = TopicSpec(self.name, self.partitions, self.kind, replicas=replicas)
        if self.retention_hours is None:
            return spec
        return replace(spec, retention_hours=self.retention_hours)


_FRENCH_TYPES = {"fact": "fait", "table": "table"}
_FRENCH_PERSONAL_DATA = {"none": "non", "pseudonymous": "pseudonymes", "health": "santé"}
_COLUMNS: Mapping[str, Callable[[Topic], str]] = {
    "sujet": lambda topic: topic.name,
    "genre": lambda topic: _FRENCH_TYPES[topic.kind],
    "partitions": lambda topic: str(topic.partitions),
    "clé": lambda topic: topic.key,
    "lu par": lambda topic: ", ".join(topic.consumers) or "–",
    "données personnelles": lambda topic: _FRENCH_PERSONAL_DATA[topic.personal_data],
}


def read_topics(path: Path) -> tuple[Topic, ...]:
    """The topics declared in a TOML file. Raises `UserError` with all its problems."""
    try:
        declared = tomllib.loads(path.read_text("utf-8")).get("topic", {})
    except (OSError, ValueError) as error:
        raise UserError(f"{path} est illisible : {error}") from None
    if not isinstance(declared, dict):
        raise UserError(f'{path} : chaque sujet est une table [topic."son.nom.v1"].')
    topics, problems = [], []
    for name, entry in declared.items():
        try:
            topics.append(Topic(name=name, **entry))
        except (ValidationError, TypeError) as error:
            problems.append(f"{name} : {_problems_of(error)}")
    if problems:
        raise UserError("\n".join([f"{path} :", *problems]))
    return tuple(topics)


def _problems_of(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return "une table est attendue"
    return " ; ".join(
        ".".join(str(part) for part in (*each["loc"], each["msg"])) for each in error.errors()
    )


async def apply_topics(
    kafka: str, topics: Sequence[Topic], *, replicas: int = 1
) -> list[TopicChange]:
    """Create or update the topics on a broker.

    `kafka`: its address. `replicas`: copies of each partition. Returns the changes. Raises
    `Unreachable` if the broker does not answer.
    """
    try:
        return await ensure_topics(kafka, [topic.spec(replicas) for topic in topics])
    except Retry as error:
        raise Unreachable(f"Kafka ne répond pas à l'adresse {kafka}.") from error


def as_table(topics: Sequence[Topic]) -> str:
    """The topics as a table for the terminal."""
    rows = [[column(topic) for column in _COLUMNS.values()] for topic in topics]
    return in_columns(list(_COLUMNS), rows)


def change_line(change: TopicChange) -> str:
    """One change as a French line for the terminal."""
    return f"{change.topic} : {_FRENCH_CHANGES[change.what]} ({change.detail})"
