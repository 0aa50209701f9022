"""`topics.toml` and the code declare the same topics."""

import pytest
from house_contracts import EVENTS, SCHEMAS, SERVICES, TOPICS

from regionlab.contracts.topics import Topic

SIDES = [(service, topic) for service, events in EVENTS.items() for topic in events]
TOPIC = pytest.mark.parametrize("topic", TOPICS.values(), ids=str)


@pytest.mark.parametrize(("service", "name"), SIDES)
def test_every_event_of_the_code_is_declared(service: str, name: str) -> None:
    assert name in TOPICS, f"{service} speaks of {name}, which topics.toml does not declare"
    topic = TOPICS[name]
    assert service in (topic.producer, *topic.consumers)
    assert EVENTS[service][name].kind == topic.kind


@TOPIC
def test_every_declared_topic_is_in_the_code_of_both_sides(topic: Topic) -> None:
    for service in (topic.source, *topic.consumers):
        assert topic.name in EVENTS.get(service, {}), f"{service} has no class for {topic.name}"


@TOPIC
def test_a_topic_is_ahead_of_its_producer_until_the_producer_is_there(topic: Topic) -> None:
    assert topic.ahead == (topic.producer not in SERVICES), f"{topic.name}: ahead"


@TOPIC
def test_a_topic_is_named_after_its_producer(topic: Topic) -> None:
    assert topic.name.startswith(f"{topic.producer}.")


@TOPIC
def test_health_stays_inside_esante(topic: Topic) -> None:
    assert health_outside_esante(topic) is None


def test_health_outside_esante_is_refused() -> None:
    topic = next(iter(TOPICS.values()))
    inside = topic.model_copy(
        update={"personal_data": "health", "producer": "esante", "consumers": ("esante",)}
    )
    assert health_outside_esante(inside) is None
    for update in ({"producer": "mobilite"}, {"consumers": ("esante", "pilotes")}):
        assert health_outside_esante(inside.model_copy(update=update)) is not None


def health_outside_esante(topic: Topic) -> str | None:
    """Who writes or reads health data without being esante."""
    if topic.personal_data != "health":
        return None
    strangers = {topic.producer, *topic.consumers} - {"esante"}
    return ", ".join(sorted(strangers)) or None


def test_nothing_lies_in_schemas_that_no_topic_declares() -> None:
    schemas = {path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json")}
    assert schemas == TOPICS.keys()
    for part in ("examples", "released"):
        assert {folder.name for folder in (SCHEMAS / part).iterdir()} == TOPICS.keys()
