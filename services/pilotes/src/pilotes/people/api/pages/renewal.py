"""`/participer/mes-participations/{pilot}/nouvel-accord`: the decision of a participant whose trial
changed."""

from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.addresses import MY_PARTICIPATIONS
from pilotes.http.api.forms import EMPTY_FORM, Form, parse_form
from pilotes.identity.api.caller import caller
from pilotes.identity.api.device import person_of_request
from pilotes.people.api.pages.capacity_fields import (
    offered_reading,
    read_assistance,
    read_capacity,
    read_reading,
)
from pilotes.people.domain.capacity import offered_capacities
from pilotes.people.domain.consent import Consent
from pilotes.people.domain.eligibility import list_declarations
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.renew import RenewalRequest, get_renewal, renew
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.notice import AUTHORITY_ADDRESS
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import SESSION_FIELD, Pages, check_session, problem_sentence

_ADDRESS = MY_PARTICIPATIONS + "/{pilot_id}/nouvel-accord"
_RENDERED_AGAIN: Final = frozenset(
    {
        "not_eligible",
        "notice_changed",
        "trial_changed",
        "too_young",
        "parent_needed",
        "reading_unknown",
    }
)
"""The rules of refusals after which the current notice is rendered again."""


def renewal_pages(desk: PeopleDesk, pages: Pages) -> Router:
    """The routes of the page."""
    router = Router(include_in_schema=False)

    @router.get(_ADDRESS)
    async def offer(request: Request, pilot_id: PilotPath, reading: str = "") -> Response:
        return await _offer(request, pilot_id, desk, pages, reading=reading)

    @router.post(_ADDRESS)
    async def decide(request: Request, pilot_id: PilotPath) -> Response:
        form = await parse_form(request)
        if form.get("decision") != "yes":
            return _back("refus")
        try:
            check_session(form.get(SESSION_FIELD), announced=True)
            given = await _renew(request, pilot_id, form, desk)
        except Refusal as refusal:
            # Show the current notice again, with the boxes that were ticked.
            if refusal.details.get("rule") not in _RENDERED_AGAIN:
                raise
            wrong = problem_sentence(pages, of_refusal(refusal))
            return await _offer(request, pilot_id, desk, pages, form, wrong=wrong)
        if isinstance(given, JointConsent):
            after = f"{MY_PARTICIPATIONS}/{pilot_id}/signature"
            return RedirectResponse(after, 303, {"cache-control": "no-store"})
        return _back("nouvel-accord")

    return router


async def _renew(
    request: Request, pilot_id: str, form: Form, desk: PeopleDesk
) -> Consent | JointConsent:
    """Renew the consent of the person who sent the form. Raises Refusal, as `renew` does."""
    return await renew(
        RenewalRequest(
            pilot_id,
            form.get("notice_version"),
            frozenset(form.get_all("declared")),
            read_capacity(form),
            read_assistance(form),
            read_reading(form),
        ),
        person_of_request(request),
        caller(request).role,
        trials=desk.trials,
        consents=desk.consents,
        joints=desk.joints,
        clock=desk.clock,
    )


async def _offer(
    request: Request,
    pilot_id: str,
    desk: PeopleDesk,
    pages: Pages,
    form: Form | None = None,
    *,
    reading: str = "",
    wrong: str | None = None,
) -> Response:
    """The page with the notice and the decision. `form`, `wrong`: as on the page of an enrolment;
    without a form, the person decides as they did before. `reading`: the name of the one that they
    chose; empty: as before."""
    person = person_of_request(request)
    renewal = await get_renewal(
        pilot_id, person, trials=desk.trials, consents=desk.consents, clock=desk.clock
    )
    consent, trial = renewal.participation.last, renewal.trial
    return pages.answer(
        "nouvel-accord/page.html",
        status=400 if wrong else 200,
        consent=consent,
        trial=trial,
        reasons=renewal.reasons,
        changes=renewal.changes,
        declarations=list_declarations(trial.protocol.rules),
        capacities=offered_capacities(trial.protocol.rules),
        form=form or EMPTY_FORM,
        chosen=read_capacity(form) if form else consent.capacity.who,
        reading=offered_reading(
            form.get("reading") if form else reading or consent.reading, trial.notice
        ),
        wrong=wrong,
        authority=AUTHORITY_ADDRESS,
    )


def _back(done: str) -> Response:
    return RedirectResponse(f"{MY_PARTICIPATIONS}?fait={done}", 303, {"cache-control": "no-store"})
