"""Requests to change a pilot on the revision that the caller read, and the pilot in responses."""

from fastapi import Request, Response

from pilotes.http.api.preconditions import ConditionalWrite, set_etag
from pilotes.identity.api.caller import caller
from pilotes.record.api.pilot_models import PilotBody
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.roles import Action
from pilotes.record.flows.desk import ChangeRequest, Desk


def change_request(write: ConditionalWrite, pilot_id: PilotId, action: Action) -> ChangeRequest:
    """The request of the caller to do that action. Raises Refusal if the write has no valid
    If-Match."""
    return ChangeRequest(pilot_id, caller(write.request), action, write.revision)


async def changed_pilot(pilot: Pilot, write: ConditionalWrite, desk: Desk) -> PilotBody:
    """The pilot as the caller of a conditional write sees it; sets the ETag."""
    return await render_pilot(pilot, write.request, write.response, desk)


async def render_pilot(pilot: Pilot, request: Request, response: Response, desk: Desk) -> PilotBody:
    """The pilot as the caller sees it; sets the ETag of `response` to its revision."""
    _, actor = await desk.get_pilot(pilot.id, caller(request))
    set_etag(response, pilot.revision)
    return PilotBody.of(pilot, actor)
