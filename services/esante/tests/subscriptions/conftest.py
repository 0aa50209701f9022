"""Fixtures of the tests of subscriptions. What they give is in `support/subscription_world.py`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from subscription_world import SubscriptionWorld, TestSubscriber, open_subscriptions

from socle.testing import ServeApp


@pytest.fixture
def subscriber() -> TestSubscriber:
    """An endpoint, once `world` is open."""
    return TestSubscriber()


@pytest_asyncio.fixture
async def world(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path, subscriber: TestSubscriber
) -> AsyncIterator[SubscriptionWorld]:
    """A server whose only subscriber on this machine is allowed."""
    async with open_subscriptions(postgres_url, serve_app, tmp_path, subscriber) as world:
        yield world
