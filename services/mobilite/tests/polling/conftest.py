"""Two addresses of one feed, and a follower of their tables."""

from pathlib import Path

import pytest
from polled import NOON, Address, Follower

from mobilite.polling.domain.entity_state import EntityState
from mobilite.polling.flows.publish_entities import PublishedEntities
from socle.clock import ManualClock


@pytest.fixture
def follower() -> Follower:
    return Follower()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def addresses(tmp_path: Path, follower: Follower, clock: ManualClock) -> tuple[Address, Address]:
    feed = PublishedEntities(EntityState())
    one, two = (Address(tmp_path / name, feed, follower, clock) for name in ("0.pb", "1.pb"))
    return one, two
