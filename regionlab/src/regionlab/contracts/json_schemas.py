"""`regionlab topics schemas`: the contracts in `schemas/`, generated from the producers' models.

`<topic>.schema.json` describes the values a producer writes, in JSON Schema 2020-12. They contain
no null: an unknown field is absent. Within a major version, a change can only add optional fields;
the contract tests require that `breaking_changes` finds nothing since `schemas/released/`.
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
_PYDANTIC_KEYWORDS = ("title", "default")
"""Keywords that pydantic adds and the contracts leave out."""
_ANNOTATIONS = ("title", "description", "$comment", "examples")
"""Keywords whose change breaks nothing."""


def events_of(service: str) -> dict[str, type[Event]]:
    """The Event classes that `<service>.events` and its submodules declare, by topic; empty
    without that module."""
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
    """The JSON Schema of the values of an event, as its producer writes them."""
    schema = _without_pydantic_details(event.model_json_schema())
    return {"$schema": _DIALECT, "$id": f"{event.topic}.schema.json", **schema}


def write_schemas(topics: Iterable[Topic], folder: Path) -> list[Path]:
    """Write the schema of every topic whose model is in this repository; returns the paths."""
    written = []
    for topic in topics:
        event = events_of(topic.source).get(topic.name)
        if event is not None:
            path = folder / f"{topic.name}.schema.json"
            path.write_text(as_json(schema_of(event)), encoding="utf-8")
            written.append(path)
    return written


def as_json(value: object) -> str:
    """The text of a file in `schemas/` with that value."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def resolved(schema: Any, root: Schema) -> Any:
    """The schema with each local `$ref` replaced by its target. `root`: the complete schema, which
    must not be recursive."""
    if isinstance(schema, list):
        return [resolved(item, root) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        own = {key: value for key, value in schema.items() if key != "$ref"}
        return resolved({**target, **own}, root)
    return {key: resolved(value, root) for key, value in schema.items() if key != "$defs"}


def breaking_changes(before: Schema, after: Schema) -> list[str]:
    """The differences that break readers or writers of `before`, one line each; empty if none do.

    A table still contains records of the former schema, and a reader can be older than the writer.
    So optional properties can be added, and `_ANNOTATIONS` can change; any other difference
    breaks, also a property that is no longer required.
    """
    return [*_differences(resolved(before, before), resolved(after, after), "")]


def _differences(before: Any, after: Any, at: str) -> Iterator[str]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        if before != after:
            yield f"{at}: {before!r} becomes {after!r}"
        return
    for key in sorted({*before, *after} - {*_ANNOTATIONS}):
        place = f"{at}/{key}"
        if key == "properties":
            yield from _property_differences(before.get(key, {}), after.get(key, {}), place)
        elif key == "required":
            if set(before.get(key, ())) != set(after.get(key, ())):
                yield f"{place}: {before.get(key, [])} becomes {after.get(key, [])}"
        elif key not in before or key not in after:
            yield f"{place}: {'goes' if key in before else 'is new'}"
        elif key in ("items", "additionalProperties"):
            yield from _differences(before[key], after[key], place)
        elif before[key] != after[key]:
            yield f"{place}: {before[key]!r} becomes {after[key]!r}"


def _property_differences(before: Schema, after: Schema, at: str) -> Iterator[str]:
    for name, schema in before.items():
        if name not in after:
            yield f"{at}/{name}: goes"
        else:
            yield from _differences(schema, after[name], f"{at}/{name}")


def _descendants(parent: type[Any]) -> Iterator[type[Any]]:
    for child in parent.__subclasses__():
        yield child
        yield from _descendants(child)


def _without_pydantic_details(schema: Any) -> Any:
    """The schema without pydantic's titles and defaults, and without null for absent fields."""
    if isinstance(schema, list):
        return [_without_pydantic_details(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):  # their keys are names of fields, not keywords
            tidy[key] = {name: _without_pydantic_details(item) for name, item in value.items()}
        elif key not in _PYDANTIC_KEYWORDS:
            tidy[key] = _without_pydantic_details(value)
    given = [option for option in tidy.get("anyOf", ()) if option != {"type": "null"}]
    if len(given) == 1:
        del tidy["anyOf"]
        tidy = {**given[0], **tidy}
    return tidy
