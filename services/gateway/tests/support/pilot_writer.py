"""Writes pilots and consents on a real bus as their producer will: the contract's other side.

Pseudonyms are computed here from the contract's words, not by the door's code.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.events import ConsentV1, PilotExposedV1, PilotV1
from socle.bus import Bus, TopicSpec, ensure_topics
from socle.events import Tombstone
from socle.kafka import Outgoing

GIVEN_AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


async def make_topics(kafka: str) -> None:
    """The topics of `schemas/topics.toml` that tell of pilots."""
    await ensure_topics(
        kafka,
        [
            TopicSpec(PilotV1.topic, partitions=1, kind="table"),
            TopicSpec(ConsentV1.topic, partitions=4, kind="table"),
            TopicSpec(PilotExposedV1.topic, partitions=4, kind="fact"),
        ],
    )


@dataclass
class PilotWriter:
    """One pilot, as its coordinator changes it."""

    bus: Bus
    pilot_id: str
    weights: Mapping[str, int] = field(default_factory=lambda: {"habituel": 0, "prevenu": 10_000})
    routes: tuple[str, ...] = ("/echo/{rest...}",)
    salt: bytes = field(default_factory=lambda: os.urandom(32))

    async def publish(self, state: str = "running", **changes: Any) -> None:
        """Write the pilot as it is now."""
        message: dict[str, Any] = {
            "pilot_id": self.pilot_id,
            "title": "Être prévenu avant de partir",
            "state": state,
            "arms": [{"name": name, "weight": weight} for name, weight in self.weights.items()],
            "control": "habituel",
            "salt": base64.urlsafe_b64encode(self.salt).decode().rstrip("="),
            "routes": self.routes,
        }
        await self.bus.publish(PilotV1(**(message | changes)))

    async def delete(self) -> None:
        """End it, its salt with it."""
        await self.bus.publish(Tombstone(PilotV1, self.pilot_id))

    def pseudonym(self, subject: str) -> str:
        return hmac.new(self.salt, subject.encode(), hashlib.sha256).hexdigest()

    async def consent(self, *subjects: str, **changes: Any) -> None:
        """Those people agree, or withdraw: `withdrawn_at`."""
        await self.bus.publish(
            *(
                ConsentV1(
                    pilot_id=self.pilot_id,
                    pseudonym=self.pseudonym(subject),
                    given_at=GIVEN_AT,
                    notice_version="1",
                    **changes,
                )
                for subject in subjects
            )
        )

    async def erase(self, subject: str) -> None:
        """Nothing is known of the person any more."""
        key = f"{self.pilot_id}:{self.pseudonym(subject)}"
        await self.bus.publish(Tombstone(ConsentV1, key))

    async def write_raw(self, topic: str, key: str, value: bytes) -> None:
        """A record as a faulty producer would write it."""
        headers = {
            "ce_specversion": "1.0",
            "ce_id": "1",
            "ce_source": "pilotes",
            "ce_type": topic,
            "ce_time": GIVEN_AT.isoformat(),
        }
        encoded = tuple((name, text.encode()) for name, text in headers.items())
        await self.bus.send([Outgoing(topic, key.encode(), value, encoded)])
