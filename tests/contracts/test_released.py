"""Within a major only optional fields are added: schemas are held against what was released.

`schemas/released/<topic>/<n>.schema.json` are the schemas as they were, each a copy that never
changes; the last one is the schema of today. A field is added by adding it to the model, running
`regionlab topics schemas` and copying the schema as the next number.
"""

import copy
import subprocess
from typing import Any

import pytest
from contract_files import ROOT, SCHEMAS, TOPICS, json_of, schema

from regionlab.contracts.json_schemas import Schema, breaking_changes

TOPIC = pytest.mark.parametrize("topic", TOPICS)


def released(topic: str) -> list[Schema]:
    """Every released schema of a topic, oldest first."""
    paths = (SCHEMAS / "released" / topic).glob("*.schema.json")
    numbered = sorted((int(path.name.split(".")[0]), path) for path in paths)
    assert [number for number, _ in numbered] == [*range(1, len(numbered) + 1)]
    return [json_of(path) for _, path in numbered]


@TOPIC
def test_nothing_but_optional_fields_was_ever_added(topic: str) -> None:
    steps = [*released(topic), schema(topic)]
    for number, before in enumerate(steps, start=1):
        for after in steps[number:]:
            assert breaking_changes(before, after) == []


@TOPIC
def test_what_is_written_today_is_released(topic: str) -> None:
    last = released(topic)[-1]
    assert breaking_changes(schema(topic), last) == [], (
        f"copy it as the next number of released/{topic}"
    )


def test_what_was_released_has_not_been_touched_since() -> None:
    """A file under `released/` can only be added, as git records. A topic that is no longer written
    is removed entirely."""
    folders = [f"schemas/released/{topic}" for topic in TOPICS]
    log = ("git", "log", "--format=%h", "--diff-filter=MDRT", "--", *folders)
    touched = subprocess.run(log, cwd=ROOT, capture_output=True, text=True, check=False)
    if touched.returncode != 0:
        pytest.skip("needs the repository's history (git)")
    assert touched.stdout == ""


def changed(change: str) -> Schema:
    """The schema of a small table after one change."""
    schema = copy.deepcopy(SMALL)
    properties, part = schema["properties"], schema["$defs"]["Part"]
    steps: dict[str, Any] = {
        "a field goes": lambda: properties.pop("late"),
        "a required field becomes optional": lambda: schema.update(required=["part"]),
        "an optional field becomes required": lambda: part.update(required=["kind"]),
        "a new field is required": lambda: (
            properties.update(new={"type": "string"}),
            schema["required"].append("new"),
        ),
        "a type changes": lambda: properties.update(late={"type": "string"}),
        "a bound is set": lambda: properties["id"].update(maxLength=3),
        "a bound is lifted": lambda: properties["late"].pop("minimum"),
        "a value is added": lambda: part["properties"]["kind"]["enum"].append("c"),
        "a part changes": lambda: part["properties"].update(kind={"type": "integer"}),
        "an item changes": lambda: properties["list"].update(items={"type": "string"}),
        "an optional field is added": lambda: properties.update(new={"type": "string"}),
        "a part gains an optional field": lambda: part["properties"].update(new={"type": "null"}),
        "a field is reworded": lambda: properties["id"].update(description="Else"),
        "a part is renamed": lambda: (
            schema["$defs"].update(Piece=schema["$defs"].pop("Part")),
            properties.update(part={"$ref": "#/$defs/Piece"}),
        ),
    }
    steps[change]()
    return schema


SMALL: Schema = {
    "$defs": {"Part": {"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}}},
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "Its id"},
        "late": {"type": "integer", "minimum": 0},
        "list": {"type": "array", "items": {"type": "integer"}},
        "part": {"$ref": "#/$defs/Part"},
    },
    "required": ["id", "part"],
}


@pytest.mark.parametrize(
    "change",
    [
        "a field goes",
        "a required field becomes optional",
        "an optional field becomes required",
        "a new field is required",
        "a type changes",
        "a bound is set",
        "a bound is lifted",
        "a value is added",
        "a part changes",
        "an item changes",
    ],
)
def test_a_breaking_change_is_seen(change: str) -> None:
    assert breaking_changes(SMALL, changed(change)) != []


@pytest.mark.parametrize(
    "change",
    [
        "an optional field is added",
        "a part gains an optional field",
        "a field is reworded",
        "a part is renamed",
    ],
)
def test_an_addition_is_let_through(change: str) -> None:
    assert breaking_changes(SMALL, changed(change)) == []
