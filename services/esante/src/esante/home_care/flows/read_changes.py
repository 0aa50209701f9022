"""Reads what changes say to the rules.

A record of `esante.resource-changed.v1` names a resource; its current version is read, so that a
record that comes twice, or late, changes nothing.
"""

import logging
from collections.abc import Callable, Sequence

from esante.core.domain.json_parser import parse_json
from esante.events import ResourceChangedV1
from esante.home_care.domain.readings import read_resource
from esante.home_care.domain.rule import Reading, RuleSet
from esante.home_care.ports import HomeCareStore
from socle.clock import Clock
from socle.events import Received

log = logging.getLogger(__name__)


class ChangeReader:
    """`count_rejected`: called with a reason and a number."""

    def __init__(
        self,
        store: HomeCareStore,
        rules: RuleSet,
        *,
        clock: Clock,
        base: str,
        count_rejected: Callable[[str, int], None],
    ) -> None:
        self._store, self._clock, self._base = store, clock, base
        self._count = count_rejected
        self._inputs = tuple(rules.inputs.values())
        self._types = {each.type for each in self._inputs} | {"CareTeam"}

    async def handle(self, received: Sequence[Received[ResourceChangedV1]]) -> None:
        """Handle records of one partition. Raises Retry."""
        records = [each.data for each in received if each.data is not None]
        changed = dict.fromkeys((each.type, each.id) for each in records)
        identities = [each for each in changed if each[0] in self._types]
        if not identities:
            return
        now = self._clock.now()
        readings: list[Reading] = []
        old = 0
        texts = await self._store.read_current(identities)
        for text in texts:
            if text is not None:
                found, ignored = read_resource(
                    parse_json(text), self._inputs, base=self._base, now=now
                )
                readings += found
                old += ignored
        await self._store.record(identities, readings, now)
        refused = sum(each.refused is not None for each in readings)
        if old or refused:
            self._count("old", old)
            self._count("refused", refused)
            log.info("readings set aside: %d of more than 30 days, %d unusable", old, refused)
