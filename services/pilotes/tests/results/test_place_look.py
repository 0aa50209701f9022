"""When a trial that draws places is read: an hour after its end, however it ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pilotes.disclosure.domain.tranches import DisclosedFigures, Population
from pilotes.record.domain.pilot import Description, Pilot, PilotId, Processing
from pilotes.record.domain.protocol import Arm, Protocol
from pilotes.record.domain.stages import Stage
from pilotes.results.flows.place_look import counts_at_look
from pilotes.results.ports import CompletedPeople

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
END, HOUR = AT + timedelta(days=100), timedelta(hours=1)
PILOT = Pilot(
    PilotId("p"), 1, "trial", False, "mobilite", "Un", Description("", ""), Processing(), 1, True,
    AT, AT, "c",
)  # fmt: skip
PROTOCOL = Protocol(1, (Arm("a", "", 10_000),), "a", (), "", 1, (), "", AT, END)
ZEROS = np.zeros(2, dtype=np.int64)
PEOPLE = CompletedPeople(np.arange(2), Population(np.arange(2), ZEROS, ZEROS), ZEROS)


@pytest.mark.parametrize(
    ("stage", "finished", "after", "read"),
    [
        ("trial", None, END + HOUR / 2, False),
        ("trial", None, END + HOUR, True),
        # Ended by its stage, before its end and after.
        ("evaluation", AT + HOUR, AT + 1.5 * HOUR, False),
        ("evaluation", AT + HOUR, AT + 2 * HOUR, True),
        ("evaluation", END + HOUR, END + HOUR, True),
        # Once it is closed, nothing is read any more.
        ("stop", AT + HOUR, AT + 1.5 * HOUR, True),
    ],
)
def test_late_events_arrive_before_the_look(
    stage: Stage, finished: datetime | None, after: datetime, read: bool
) -> None:
    pilot = replace(PILOT, stage=stage, finished_at=finished)
    found = counts_at_look(PEOPLE, DisclosedFigures(), pilot, PROTOCOL, after)
    assert found.tolist() == [read, read]
