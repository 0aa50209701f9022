"""The decisions of a pilot are read page by page: all of them, or those of one type."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from pilot_lab import Lab

from pilotes.record.domain.decisions import ChainEntry, DecisionType
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows import list_decisions
from pilotes.record.flows.list_decisions import iterate_decisions


class Pages:
    """The store of records, and how many decisions each of its pages had."""

    def __init__(self, pilots: Lab) -> None:
        self._records, self.read = pilots.desk.records, list[int]()

    async def list_decisions(self, pilot_id: PilotId, **query: Any) -> Sequence[ChainEntry]:
        page = await self._records.list_decisions(pilot_id, **query)
        self.read.append(len(page))
        return page


async def test_no_page_is_read_after_the_last_and_none_of_other_types(
    pilots: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pilots.create_pilot("autre")
    await pilots.reach_stage("trial")
    for step in ("pause", "resume") * 3:
        await pilots.change("POST", f"/{step}", {"reason": "Une panne."})
    rows = await pilots.pool.fetch("SELECT pilot_id, kind, number FROM decision ORDER BY number")
    types: tuple[DecisionType | None, ...] = (None, "pause", "protocol_amended")
    for only, size in product(types, (2, 3)):
        monkeypatch.setattr(list_decisions, "_PAGE", size)
        pages: Any = Pages(pilots)
        decisions = iterate_decisions(
            PilotId("alertes"), records=pages, read=pilots.signer.read, only=only
        )
        found = [each.entry.number async for each in decisions]
        assert found == [
            row["number"]
            for row in rows
            if row["pilot_id"] == "alertes" and only in (None, row["kind"])
        ]
        # A full last page says nothing of what follows.
        full, rest = divmod(len(found), size)
        assert pages.read == [size] * full + [rest]
