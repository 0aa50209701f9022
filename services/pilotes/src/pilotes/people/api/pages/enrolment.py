"""`/participer`: the pages of an enrolment, from the code on a sheet of paper to the decision."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.forms import read_form
from pilotes.http.api.page_route import PageRoute
from pilotes.identity.api.caller import caller
from pilotes.identity.api.device import person_of_request, set_participant_cookie
from pilotes.identity.domain.codes import ENROLMENT_LETTERS, read_code
from pilotes.identity.domain.person import Person
from pilotes.people.api.pages.enrolment_html import (
    already_page,
    code_page,
    offer_page,
    refused_page,
    thanks_page,
)
from pilotes.people.domain.consent import active_consent
from pilotes.people.flows.enrol import EnrolmentRequest, enrol, get_open_trial
from pilotes.people.flows.participations import Participation, list_participations
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.api.parameters import PilotPath
from socle.errors import Refusal


def enrolment_pages(desk: PeopleDesk) -> APIRouter:
    """The routes of the pages, in the order of an enrolment."""
    router = APIRouter(include_in_schema=False, route_class=PageRoute)
    _add_code(router)
    _add_offer(router, desk)
    _add_decision(router, desk)
    _add_thanks(router, desk)
    return router


def _add_code(router: APIRouter) -> None:
    @router.get("/participer")
    async def code(code: str = "") -> Response:
        if not code.strip():
            return code_page()
        read = read_code(code, ENROLMENT_LETTERS)
        if read is None:
            mistake = "Ce code n'est pas complet : il a dix lettres et chiffres, en deux groupes."
            return code_page(typed=code[:40], mistake=mistake)
        return RedirectResponse(f"/participer/c/{read}", 303, {"cache-control": "no-store"})


def _add_offer(router: APIRouter, desk: PeopleDesk) -> None:
    @router.get("/participer/c/{code}")
    async def offer(request: Request, code: str) -> Response:
        person = person_of_request(request)
        try:
            trial = await get_open_trial(
                code, codes=desk.codes, trials=desk.trials, clock=desk.clock
            )
        except Refusal:
            title = await _already_in(code, request, desk)
            if title is None:
                raise
            return already_page(title)
        if await _find_active(person, trial.pilot.id, desk) is not None:
            return already_page(trial.pilot.title)
        return offer_page(trial, code, person)


def _add_decision(router: APIRouter, desk: PeopleDesk) -> None:
    @router.post("/participer/c/{code}")
    async def decide(request: Request, code: str) -> Response:
        form, person = await read_form(request), person_of_request(request)
        if form.get("decision") != "yes":
            trial = await get_open_trial(
                code, codes=desk.codes, trials=desk.trials, clock=desk.clock
            )
            return refused_page(trial.pilot.title, code)
        declared = frozenset(form.get_all("declared"))
        decision = EnrolmentRequest(
            code, form.get("pilot_id"), form.get("notice_version"), declared
        )
        try:
            enrolled = await enrol(
                decision,
                person,
                caller(request).role,
                codes=desk.codes,
                trials=desk.trials,
                consents=desk.consents,
                clock=desk.clock,
                random_bytes=desk.random_bytes,
            )
        except Refusal as refusal:
            # Show the current notice again, with the boxes that were ticked.
            if refusal.category not in ("invalid", "conflict"):
                raise
            trial = await get_open_trial(
                code, codes=desk.codes, trials=desk.trials, clock=desk.clock
            )
            return offer_page(trial, code, person, declared=declared, mistake=refusal.message)
        after = f"/participer/merci/{enrolled.trial.pilot.id}"
        answer = RedirectResponse(after, 303, {"cache-control": "no-store"})
        set_participant_cookie(answer, enrolled.personal_code)
        return answer


def _add_thanks(router: APIRouter, desk: PeopleDesk) -> None:
    @router.get("/participer/merci/{pilot_id}")
    async def thanks(request: Request, pilot_id: PilotPath) -> Response:
        person = person_of_request(request)
        found = await _find_active(person, pilot_id, desk)
        if found is not None:
            notice = await desk.notices.find(pilot_id, found.last.notice_version)
            assert notice is not None, "the notice of a consent exists"
            personal_code = None if person.account else person.personal_code
            return thanks_page(notice.title, notice.asked, personal_code)
        raise Refusal(
            "not_found",
            "Aucun accord n'est enregistré ici. Si vous venez d'accepter, votre navigateur refuse "
            "peut-être les cookies : autorisez-les pour ce site, puis rouvrez votre lien.",
        )


async def _already_in(code: str, request: Request, desk: PeopleDesk) -> str | None:
    """The title of the pilot if the person already takes part in the pilot of that code: opening a
    used link again is not an error then. None otherwise."""
    read = read_code(code, ENROLMENT_LETTERS)
    pilot_id = None if read is None else await desk.codes.find_pilot_id(read)
    if pilot_id is None:
        return None
    found = await _find_active(person_of_request(request), pilot_id, desk)
    return None if found is None else found.trial.pilot.title


async def _find_active(person: Person, pilot_id: str, desk: PeopleDesk) -> Participation | None:
    """The active participation of the person in that pilot, under the identity they would consent
    with now; None without one."""
    now = person if person.account is None else Person(account=person.account)
    found = await list_participations(now, trials=desk.trials, consents=desk.consents)
    return next(
        (
            each
            for each in found
            if each.trial.pilot.id == pilot_id and active_consent(each.consents)
        ),
        None,
    )
