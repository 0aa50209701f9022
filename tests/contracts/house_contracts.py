"""The contracts for the tests: topics, schemas, examples, code."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from regionlab.contracts.json_schemas import Schema, events_of
from regionlab.contracts.topics import Topic, read_topics
from socle.events import Event

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
TOPICS: dict[str, Topic] = {topic.name: topic for topic in read_topics(SCHEMAS / "topics.toml")}
SERVICES = tuple(sorted(path.name for path in (ROOT / "services").iterdir() if path.is_dir()))
EVENTS: dict[str, dict[str, type[Event]]] = {name: events_of(name) for name in SERVICES}


def writer_of(topic: str) -> type[Event]:
    """The class the schema of a topic is written from: the producer's own, once there is one."""
    return EVENTS[TOPICS[topic].source][topic]


def readers_of(topic: str) -> list[type[Event]]:
    """The class of every service that reads a topic."""
    return [EVENTS[service][topic] for service in TOPICS[topic].consumers]


def schema(topic: str) -> Schema:
    """The committed schema of a topic."""
    found: Schema = json_of(SCHEMAS / f"{topic}.schema.json")
    return found


def examples() -> list[tuple[str, Path]]:
    """Every example with its topic."""
    folder = SCHEMAS / "examples"
    return [(path.parent.name, path) for path in sorted(folder.glob("*/*.json"))]


def json_of(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def validator(schema: Schema) -> Draft202012Validator:
    """Checks instances, formats such as date-time included."""
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def closed(schema: Any) -> Any:
    """The schema with no field allowed that it does not name: a writer may write nothing else."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and isinstance(schema.get("type"), str):
        shut.setdefault("additionalProperties", False)
    return shut


def fields(schema: Any, at: str = "") -> Iterator[tuple[str, Schema]]:
    """Every field of a schema, with its path."""
    if isinstance(schema, list):
        for item in schema:
            yield from fields(item, at)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key in ("properties", "$defs") and isinstance(value, dict):
                for name, field in value.items():
                    if key == "properties":
                        yield f"{at}/{name}", field
                    yield from fields(field, f"{at}/{name}")
            else:
                yield from fields(value, at)
