"""`schemas/asyncapi.yaml` is fresh, and is AsyncAPI 3.0.0 as its specification has it.

https://www.asyncapi.com/docs/reference/specification/v3.0.0 . Each rule below names the object of
the specification it comes from; patterned fields (`x-…`) are allowed everywhere.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from house_contracts import SCHEMAS, TOPICS, json_of, validator

from regionlab.contracts.asyncapi import as_yaml, asyncapi_document
from regionlab.contracts.json_schemas import Schema

FIELDS: dict[str, tuple[set[str], set[str]]] = {
    # object of the specification: required fields, optional fields
    "AsyncAPI": (
        {"asyncapi", "info"},
        {"id", "servers", "defaultContentType", "channels", "operations", "components"},
    ),
    "Info": (
        {"title", "version"},
        {"description", "termsOfService", "contact", "license", "tags", "externalDocs"},
    ),
    "License": ({"name"}, {"url"}),
    "Channel": (
        set(),
        {"address", "messages", "title", "summary", "description", "servers", "parameters"}
        | {"tags", "externalDocs", "bindings"},
    ),
    "Operation": (
        {"action", "channel"},
        {"title", "summary", "description", "security", "tags", "externalDocs", "bindings"}
        | {"traits", "messages", "reply"},
    ),
    "Message": (
        set(),
        {"headers", "payload", "correlationId", "contentType", "name", "title", "summary"}
        | {"description", "tags", "externalDocs", "bindings", "examples", "traits"},
    ),
    "MessageTrait": (
        set(),
        {"headers", "correlationId", "contentType", "name", "title", "summary", "description"}
        | {"tags", "externalDocs", "bindings", "examples"},
    ),
    "MessageExample": (set(), {"headers", "payload", "name", "summary"}),
    "MultiFormatSchema": ({"schemaFormat", "schema"}, set()),
    # https://github.com/asyncapi/bindings/tree/master/kafka
    "KafkaChannelBinding": (
        set(),
        {"topic", "partitions", "replicas", "topicConfiguration", "bindingVersion"},
    ),
    "KafkaMessageBinding": (
        set(),
        {"key", "schemaIdLocation", "schemaIdPayloadEncoding", "schemaLookupStrategy"}
        | {"bindingVersion"},
    ),
}
COMPONENT_KEY = re.compile(r"[a-zA-Z0-9.\-_]+")
"""Components Object: "All the fixed fields declared above are objects that MUST use keys that match
the regular expression"."""


def check(part: str, value: Any) -> None:
    required, optional = FIELDS[part]
    named = {name for name in value if not name.startswith("x-")}
    assert required <= named <= required | optional, f"{part}: {sorted(named)}"


def references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)


def at(document: Any, pointer: str) -> Any:
    """RFC 6901, from a fragment."""
    for part in pointer.removeprefix("#/").split("/"):
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document


@pytest.fixture(scope="module")
def document() -> Any:
    return yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text(encoding="utf-8"))


def test_it_is_fresh() -> None:
    fresh = as_yaml(asyncapi_document(tuple(TOPICS.values()), SCHEMAS))
    committed = (SCHEMAS / "asyncapi.yaml").read_text(encoding="utf-8")
    assert committed == fresh, "run `regionlab topics schemas`"


def test_the_objects_have_the_fields_of_the_specification(document: Any) -> None:
    check("AsyncAPI", document)
    assert document["asyncapi"] == "3.0.0"
    check("Info", document["info"])
    check("License", document["info"]["license"])
    for channel in document["channels"].values():
        check("Channel", channel)
        check("KafkaChannelBinding", channel["bindings"]["kafka"])
    for message in document["components"]["messages"].values():
        check("Message", message)
        check("MultiFormatSchema", message["payload"])
        check("KafkaMessageBinding", message["bindings"]["kafka"])
        for example in message["examples"]:
            check("MessageExample", example)
    for trait in document["components"]["messageTraits"].values():
        check("MessageTrait", trait)
        validator(trait["headers"])


def test_component_keys_are_those_allowed(document: Any) -> None:
    for part in document["components"].values():
        assert all(COMPONENT_KEY.fullmatch(key) for key in part)


def test_operations_act_on_channels_of_the_document(document: Any) -> None:
    """Operation Object: `channel` MUST be a Reference Object to a channel of the root document."""
    for operation in document["operations"].values():
        check("Operation", operation)
        assert operation["action"] in ("send", "receive")
        assert operation["channel"].keys() == {"$ref"}
        assert operation["channel"]["$ref"].startswith("#/channels/")


def test_every_reference_leads_somewhere(document: Any) -> None:
    for reference in references(document):
        if reference.startswith("#/"):
            assert at(document, reference) is not None
        else:
            schema: Schema = json_of(SCHEMAS / reference)
            validator(schema)


def test_every_topic_is_a_channel_with_both_its_sides(document: Any) -> None:
    assert {channel["address"] for channel in document["channels"].values()} == TOPICS.keys()
    for topic in TOPICS.values():
        sides = {
            (operation["tags"][0]["name"], operation["action"])
            for operation in document["operations"].values()
            if at(document, operation["channel"]["$ref"])["address"] == topic.name
        }
        assert sides == {
            (topic.producer, "send"),
            *((consumer, "receive") for consumer in topic.consumers),
        }
