"""GET /processing-register: the register of processing activities, from the records of pilots.

GDPR article 30 §1: controller, purposes, legal basis, people, data, recipients, retention,
security. A caller reads the entries of the pilots that are visible to them.
"""

from datetime import datetime

from fastapi import Depends, Request
from pydantic import BaseModel

from pilotes.http.api.cache_control import forbid_caching
from pilotes.identity.api.caller import caller
from pilotes.record.api.parameters import Cursor, Limit, read_cursor
from pilotes.record.api.pilot_models import ShownProcessing
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.stages import LABELS, Stage
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import list_pilots
from socle.cursors import encode_text_cursor
from socle.http import Router


class RegisterLine(BaseModel):
    """The processing activity of one pilot.

    `missing`: in French, the parts that article 30 requires and that are not written yet.
    `salt_destroyed`: no person can be identified in its data any more.
    """

    pilot_id: str
    title: str
    stage: Stage
    stage_label: str
    processing: ShownProcessing
    missing: list[str]
    trial_at: datetime | None
    closed_at: datetime | None
    salt_destroyed: bool

    @classmethod
    def of(cls, pilot: Pilot) -> "RegisterLine":
        """The entry of a pilot."""
        return cls(
            pilot_id=pilot.id,
            title=pilot.title,
            stage=pilot.stage,
            stage_label=LABELS[pilot.stage],
            processing=ShownProcessing.of(pilot.processing),
            missing=list(pilot.processing.missing()),
            trial_at=pilot.trial_at,
            closed_at=pilot.closed_at,
            salt_destroyed=not pilot.salted,
        )


class RegisterBody(BaseModel):
    """The register. `next`: the cursor of the next page; null on the last."""

    processings: list[RegisterLine]
    next: str | None


def register_router(desk: Desk) -> Router:
    """The route of the register."""
    router = Router(tags=["pilots"], dependencies=[Depends(forbid_caching)])

    @router.get(
        "/processing-register",
        operation_id="get_processing_register",
        summary="Le registre des traitements",
    )
    async def register(request: Request, cursor: Cursor = "", limit: Limit = 100) -> RegisterBody:
        """Une ligne par pilote que vous pouvez connaître (RGPD, article 30)."""
        after = read_cursor(cursor)
        found, more = await list_pilots(
            caller(request), stage=None, field=None, after=after, limit=limit, desk=desk
        )
        lines = [RegisterLine.of(pilot) for pilot, _ in found]
        following = encode_text_cursor(lines[-1].pilot_id) if more else None
        return RegisterBody(processings=lines, next=following)

    return router
