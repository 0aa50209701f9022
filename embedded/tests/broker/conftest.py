"""A broker shared by the session for tests that do not stop it; topics have their own names."""

import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from programs import running

sys.path.insert(0, str(Path(__file__).parent))

from broker_clients import create_topics


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running broker."""
    with running("broker", tmp_path_factory.mktemp("broker") / "data") as server:
        yield server.address


@pytest.fixture
def make_topic(broker: str) -> Callable[..., str]:
    """`make_topic(partitions, **settings)`: a new topic (underscores stand for dots)."""

    def make(partitions: int = 1, **settings: object) -> str:
        name = f"essai.{uuid.uuid4().hex}.v1"
        create_topics(broker, {name: partitions}, **settings)
        return name

    return make
