"""A request to change a pilot, made on the revision that its If-Match names."""

from fastapi import Request

from pilotes.http.api.preconditions import revision_of
from pilotes.identity.api.caller import caller
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.roles import Action
from pilotes.record.flows.desk import Wish


def wish_of(request: Request, pilot_id: PilotId, action: Action, if_match: str | None) -> Wish:
    """A change asked for. Raises Refusal without a revision."""
    return Wish(pilot_id, caller(request), action, revision_of(if_match))
