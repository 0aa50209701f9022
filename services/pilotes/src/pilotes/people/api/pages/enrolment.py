"""`/participer`: the pages of an enrolment, from the code on a sheet of paper to the decision."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.addresses import MY_PARTICIPATIONS
from pilotes.http.api.forms import Form, parse_form
from pilotes.identity.api.caller import caller
from pilotes.identity.api.device import person_of_request, set_participant_cookie
from pilotes.identity.domain.codes import ENROLMENT_LETTERS, read_code
from pilotes.identity.domain.person import Person
from pilotes.people.api.pages.capacity_fields import (
    offered_reading,
    read_assistance,
    read_capacity,
    read_reading,
)
from pilotes.people.domain.capacity import offered_capacities
from pilotes.people.domain.consent import active_consent
from pilotes.people.domain.eligibility import list_declarations
from pilotes.people.domain.enrolment import OpenTrial
from pilotes.people.flows.enrol import (
    Enrolled,
    EnrolmentRequest,
    enrol,
    get_awaiting_trial,
    get_open_trial,
)
from pilotes.people.flows.participations import Participation, list_participations
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.notice import AUTHORITY_ADDRESS
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import SESSION_FIELD, Pages, check_session, problem_sentence


def enrolment_pages(desk: PeopleDesk, pages: Pages) -> Router:
    """The routes of the pages, in the order of an enrolment."""
    router = Router(include_in_schema=False)
    _add_code(router, pages)
    _add_offer(router, desk, pages)
    _add_decision(router, desk, pages)
    _add_thanks(router, desk, pages)
    return router


def _add_code(router: Router, pages: Pages) -> None:
    @router.get("/participer")
    async def code(code: str = "") -> Response:
        template = "participer/page.html"
        if not code.strip():
            return pages.answer(template, typed="", wrong=None)
        read = read_code(code, ENROLMENT_LETTERS)
        if read is None:
            wrong = pages.texts()["refusal_code_incomplete"]
            return pages.answer(template, status=400, typed=code[:40], wrong=wrong)
        return RedirectResponse(f"/participer/c/{read}", 303, {"cache-control": "no-store"})


def _add_offer(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    @router.get("/participer/c/{code}")
    async def offer(request: Request, code: str, reading: str = "") -> Response:
        form = Form({"reading": [reading]})
        person = person_of_request(request)
        try:
            trial = await get_open_trial(
                code, codes=desk.codes, trials=desk.trials, clock=desk.clock
            )
        except Refusal:
            awaiting = await _find_awaiting_trial(code, request, desk)
            if awaiting is not None:
                return _offer(pages, awaiting, code, form)
            title = await _already_in(code, request, desk)
            if title is None:
                raise
            return pages.answer("proposition/deja.html", title=title)
        if await _find_active(person, trial.pilot.id, desk) is not None:
            return pages.answer("proposition/deja.html", title=trial.pilot.title)
        return _offer(pages, trial, code, form)


def _add_decision(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    # A refusal needs no session and is always accepted: at an address of its own, since what is
    # sent to the other counts to the quota of consents.
    @router.get("/participer/c/{code}/refus")
    @router.post("/participer/c/{code}/refus")
    async def refuse(code: str) -> Response:
        trial = await get_open_trial(code, codes=desk.codes, trials=desk.trials, clock=desk.clock)
        return pages.answer("proposition/refus.html", title=trial.pilot.title, code=code)

    @router.post("/participer/c/{code}")
    async def agree(request: Request, code: str) -> Response:
        form = await parse_form(request)
        if form.get("decision") != "yes":
            return await refuse(code)
        try:
            enrolled = await _enrol(request, code, form, desk)
        except Refusal as refusal:
            # Show the current notice again, with the boxes that were ticked.
            if refusal.category not in ("invalid", "conflict"):
                raise
            trial = await _find_awaiting_trial(code, request, desk) or await get_open_trial(
                code, codes=desk.codes, trials=desk.trials, clock=desk.clock
            )
            wrong = problem_sentence(pages, of_refusal(refusal))
            return _offer(pages, trial, code, form, wrong=wrong)
        pilot_id = enrolled.trial.pilot.id
        after = (
            f"{MY_PARTICIPATIONS}/{pilot_id}/signature"
            if enrolled.joint
            else f"/participer/merci/{pilot_id}"
        )
        answer = RedirectResponse(after, 303, {"cache-control": "no-store"})
        set_participant_cookie(answer, enrolled.personal_code)
        return answer


def _add_thanks(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    @router.get("/participer/merci/{pilot_id}")
    async def thanks(request: Request, pilot_id: PilotPath) -> Response:
        person = person_of_request(request)
        found = await _find_active(person, pilot_id, desk)
        if found is not None:
            await desk.issue_receipts(found, person)
            notice = await desk.notices.find(pilot_id, found.last.notice_version)
            assert notice is not None, "the notice of a consent exists"
            personal_code = None if person.account else person.personal_code
            return pages.answer(
                "proposition/merci.html",
                notice=notice.read_as(found.last.reading),
                personal_code=personal_code,
                reminded=pilot_id in await desk.reminded_pilots(),
            )
        raise Refusal(
            "not_found",
            "Aucun accord n'est enregistré ici. Si vous venez d'accepter, votre navigateur refuse "
            "peut-être les cookies : autorisez-les pour ce site, puis rouvrez votre lien.",
            rule="no_consent_here",
        )


async def _enrol(request: Request, code: str, form: Form, desk: PeopleDesk) -> Enrolled:
    """Enrol the person who sent the form of an offer. Raises Refusal, as `enrol` does, and if they
    logged in or out since they opened the page, which states how they will be recognised."""
    check_session(form.get(SESSION_FIELD), announced=True)
    person = person_of_request(request)
    return await enrol(
        EnrolmentRequest(
            code,
            form.get("pilot_id"),
            form.get("notice_version"),
            frozenset(form.get_all("declared")),
            form.get("place"),
            read_capacity(form),
            read_assistance(form),
            read_reading(form),
            form.get("stratum"),
        ),
        person,
        caller(request).role,
        codes=desk.codes,
        trials=desk.trials,
        consents=desk.consents,
        joints=desk.joints,
        clock=desk.clock,
        random_bytes=desk.random_bytes,
    )


def _offer(
    pages: Pages,
    trial: OpenTrial,
    code: str,
    form: Form,
    *,
    wrong: str | None = None,
) -> Response:
    """The page with the notice and the decision.

    `form`: what is filled in. `wrong`: why a decision was refused.
    """
    return pages.answer(
        "proposition/page.html",
        status=400 if wrong else 200,
        trial=trial,
        code=code,
        declarations=list_declarations(trial.protocol.rules),
        capacities=offered_capacities(trial.protocol.rules),
        form=form,
        chosen=read_capacity(form),
        reading=offered_reading(form.get("reading"), trial.notice),
        wrong=wrong,
        authority=AUTHORITY_ADDRESS,
    )


async def _find_awaiting_trial(code: str, request: Request, desk: PeopleDesk) -> OpenTrial | None:
    """The trial of that code if the person awaits a second signature in it: they can read and
    decide again. None otherwise."""
    read = read_code(code, ENROLMENT_LETTERS)
    pilot_id = None if read is None else await desk.codes.find_pilot_id(read)
    if pilot_id is None:
        return None
    return await get_awaiting_trial(
        pilot_id,
        person_of_request(request),
        trials=desk.trials,
        joints=desk.joints,
        clock=desk.clock,
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
