"""A pilot at its trial, and protocols of two arms, without a database."""

from datetime import UTC, datetime
from typing import Any

from pilotes.record.domain.pilot import Description, Pilot, PilotId, Processing
from pilotes.record.domain.protocol import Arm, Protocol

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PILOT = Pilot(
    PilotId("p"), 1, "trial", False, "mobilite", "Un", Description("", ""), Processing(), 1, True,
    AT, AT, "c",
)  # fmt: skip


def written_protocol(**given: Any) -> Protocol:
    """One that starts at `AT`. `given`: the other fields, or those that differ."""
    values: dict[str, Any] = {
        "version": 1,
        "arms": (Arm("temoin", "Comme avant", 5_000), Arm("bras", "Autrement", 5_000)),
        "control": "temoin",
        "routes": ("/mobilite/v1/stops/{stop_id}/departures",),
        "eligibility": "Toute personne majeure.",
        "stopping_rule": "Un incident grave.",
        "starts_at": AT,
    }
    return Protocol(**(values | given))
