"""The roles that a person holds in pilots, and the opinions that the Cr'Num awaits of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.notice import Notice
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.roles import Member
from pilotes.record.domain.survey_sources import SurveyScores
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.opinion_requests import OpinionRequest, find_opinion_request
from socle.auth import Caller
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class OwnRole:
    """The role of a person in one pilot."""

    pilot: Pilot
    role: Member
    gives_opinion: bool
    """Whether they give the opinion of the Cr'Num on it."""
    request: OpinionRequest | None
    """What they have to judge now; None if no opinion is awaited of them."""


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """All that a member of the Cr'Num reads before they give their opinion on a pilot."""

    pilot: Pilot
    """As it is."""
    request: OpinionRequest | None
    """None if there is nothing to judge now."""
    notice: Notice | None
    """The one in force; None before the first."""
    evidence: Sequence[Evidence]
    """Every piece, the first one first."""
    surveys: SurveyScores


async def list_own_roles(caller: Caller, *, desk: Desk) -> Sequence[OwnRole]:
    """The roles of the caller, those with an awaited opinion first, then by the ids of the
    pilots."""
    memberships = await desk.records.roles_of(caller.subject) if caller.subject else {}
    found = [
        await _own_role(pilot_id, role, caller, desk)
        for pilot_id, role in sorted(memberships.items())
    ]
    return sorted(found, key=lambda each: each.request is None)


async def _own_role(pilot_id: PilotId, role: Member, caller: Caller, desk: Desk) -> OwnRole:
    pilot, actor = await desk.get_pilot(pilot_id, caller)
    gives_opinion = actor.allows("give_opinion")
    request = await find_opinion_request(pilot, desk=desk) if gives_opinion else None
    awaited = request is not None and request.opinion is None
    return OwnRole(pilot, role, gives_opinion, request if awaited else None)


async def get_judged_file(pilot_id: PilotId, caller: Caller, *, desk: Desk) -> JudgedFile:
    """What the caller judges. Raises Refusal if the pilot is not visible to them, or they do not
    give the opinion of the Cr'Num on it."""
    pilot, actor = await desk.get_pilot(pilot_id, caller)
    if not actor.allows("give_opinion"):
        raise Refusal(
            "forbidden",
            "Cette page est celle des membres du Cr'Num nommés pour cet essai.",
            rule="judges_only",
        )
    records = desk.records
    return JudgedFile(
        pilot,
        await find_opinion_request(pilot, desk=desk),
        await records.find_notice(pilot_id),
        await records.list_evidence(pilot_id),
        await records.survey_scores(pilot_id),
    )
