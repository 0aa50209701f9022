"""`regionlab topics`: the topics declared in schemas/topics.toml, on a broker or on screen."""

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

_CHANGES = {
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
    producer: str
    consumers: tuple[str, ...]
    personal_data: Literal["none", "pseudonymous", "health"]
    partitions: int = Field(ge=1, le=256)
    key: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    retention_hours: float | None = Field(default=None, gt=0)
    ahead: bool = False

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
    def _somebody_writes_the_schema(self) -> "Topic":
        if self.ahead and not self.consumers:
            raise ValueError("un sujet annoncé avant son producteur (ahead) a un premier lecteur")
        return self

    def spec(self, replicas: int) -> TopicSpec:
        """What the broker must hold."""
        spec = TopicSpec(self.name, self.partitions, self.kind, replicas=replicas)
        if self.retention_hours is None:
            return spec
        return replace(spec, retention_hours=self.retention_hours)


_FRENCH_TYPES = {"fact": "fait", "table": "table"}
_PERSONAL_DATA = {"none": "non", "pseudonymous": "pseudonymes", "health": "santé"}
_COLUMNS: Mapping[str, Callable[[Topic], str]] = {
    "sujet": lambda topic: topic.name,
    "genre": lambda topic: _FRENCH_TYPES[topic.kind],
    "partitions": lambda topic: str(topic.partitions),
    "clé": lambda topic: topic.key,
    "lu par": lambda topic: ", ".join(topic.consumers) or "–",
    "données personnelles": lambda topic: _PERSONAL_DATA[topic.personal_data],
}


def read_topics(path: Path) -> tuple[Topic, ...]:
    """The topics declared in a file. Raises `UserError` with every mistake."""
    try:
        declared = tomllib.loads(path.read_text()).get("topic", {})
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path} est illisible : {error}") from None
    topics, problems = [], []
    for name, entry in declared.items():
        try:
            topics.append(Topic(name=name, **entry))
        except (ValidationError, TypeError) as error:
            problems.append(f"{name} : {_mistakes(error)}")
    if problems:
        raise UserError("\n".join([f"{path} :", *problems]))
    return tuple(topics)


def _mistakes(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return "une table est attendue"
    return " ; ".join(
        ".".join(str(part) for part in (*each["loc"], each["msg"])) for each in error.errors()
    )


async def apply_topics(
    kafka: str, topics: Sequence[Topic], *, replicas: int = 1
) -> list[TopicChange]:
    """Create or update the topics on the broker; returns what changed. Raises `Unreachable`."""
    try:
        return await ensure_topics(kafka, [topic.spec(replicas) for topic in topics])
    except Retry as error:
        raise Unreachable(f"Kafka ne répond pas à l'adresse {kafka}.") from error


def as_table(topics: Sequence[Topic]) -> str:
    """The topics as text in columns."""
    rows = [[column(topic) for column in _COLUMNS.values()] for topic in topics]
    return in_columns(list(_COLUMNS), rows)


def change_line(change: TopicChange) -> str:
    """One change, in words."""
    return f"{change.topic} : {_CHANGES[change.what]} ({change.detail})"
