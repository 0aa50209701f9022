"""Makes the helpers of this folder importable, whatever folder pytest is started from."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Clients here are aiokafka as it is published, which expects asyncio's own loop; how it gets
    on with uvloop is the business of `socle.kafka`."""
    return {"asyncio": asyncio.new_event_loop}
