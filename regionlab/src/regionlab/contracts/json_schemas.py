"""`regionlab topics schemas`: the contracts in `schemas/`, written from the producers' models.

`<topic>.schema.json` says what a producer writes, in JSON Schema 2020-12: values carry no null, a
field that is unknown is absent. Within a major only optional fields are added: `breaking` says
what else a change would do, and the contract tests hold it against `schemas/released/`.
"""

import importlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from regionlab.contracts.topics import Topic
from socle.events import Event

Schema = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LOOSE = ("title", "default")
_FREE = ("title", "description", "$comment", "examples")
"""What may be reworded at any time."""


def events_of(service: str) -> dict[str, type[Event]]:
    """The Event classes that `<service>.events` declares, by topic; empty when it has none."""
    name = f"{service}.events"
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return {}
    return {
        event.topic: event
        for event in _descendants(Event)
        if issubclass(event, Event)
        and hasattr(event, "topic")
        and f"{event.__module__}.".startswith(f"{name}.")
    }


def schema_of(event: type[Event]) -> Schema:
    """What the event's producer writes, as JSON Schema."""
    schema = _tidied(event.model_json_schema())
    return {"$schema": _DIALECT, "$id": f"{event.topic}.schema.json", **schema}


def write_schemas(topics: Iterable[Topic], folder: Path) -> list[Path]:
    """Write the schema of every topic with a source in this repository. Returns the files."""
    written = []
    for topic in topics:
        event = events_of(topic.source).get(topic.name)
        if event is not None:
            path = folder / f"{topic.name}.schema.json"
            path.write_text(as_json(schema_of(event)), encoding="utf-8")
            written.append(path)
    return written


def as_json(value: object) -> str:
    """As the files of `schemas/` are written."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def resolved(schema: Any, root: Schema) -> Any:
    """The schema with its local `$ref` replaced by what they point to."""
    if isinstance(schema, list):
        return [resolved(item, root) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        own = {key: value for key, value in schema.items() if key != "$ref"}
        return resolved({**target, **own}, root)
    return {key: resolved(value, root) for key, value in schema.items() if key != "$defs"}


def breaking(before: Schema, after: Schema) -> list[str]:
    """What `after` would break for those who read or wrote by `before`; empty when nothing.

    A table still holds records of the former shape, and a reader may be older than the writer: so
    nothing goes, nothing changes its meaning, nothing new is required.
    """
    return [*_breaking(resolved(before, before), resolved(after, after), "")]


def _breaking(before: Any, after: Any, at: str) -> Iterator[str]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        if before != after:
            yield f"{at}: {before!r} becomes {after!r}"
        return
    for key in sorted({*before, *after} - {*_FREE}):
        place = f"{at}/{key}"
        if key == "properties":
            yield from _breaking_properties(before.get(key, {}), after.get(key, {}), place)
        elif key == "required":
            if set(before.get(key, ())) != set(after.get(key, ())):
                yield f"{place}: {before.get(key, [])} becomes {after.get(key, [])}"
        elif key not in before or key not in after:
            yield f"{place}: {'goes' if key in before else 'is new'}"
        elif key in ("items", "additionalProperties"):
            yield from _breaking(before[key], after[key], place)
        elif before[key] != after[key]:
            yield f"{place}: {before[key]!r} becomes {after[key]!r}"


def _breaking_properties(before: Schema, after: Schema, at: str) -> Iterator[str]:
    for name, schema in before.items():
        if name not in after:
            yield f"{at}/{name}: goes"
        else:
            yield from _breaking(schema, after[name], f"{at}/{name}")


def _descendants(parent: type[Any]) -> Iterator[type[Any]]:
    for child in parent.__subclasses__():
        yield child
        yield from _descendants(child)


def _tidied(schema: Any) -> Any:
    """Without what only pydantic needs: its titles, its defaults, and null for what is absent."""
    if isinstance(schema, list):
        return [_tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):  # names there are names, not words of JSON Schema
            tidy[key] = {name: _tidied(item) for name, item in value.items()}
        elif key not in _LOOSE:
            tidy[key] = _tidied(value)
    given = [option for option in tidy.get("anyOf", ()) if option != {"type": "null"}]
    if len(given) == 1:
        del tidy["anyOf"]
        tidy = {**given[0], **tidy}
    return tidy
