"""`/participer/mes-participations`: participations, withdrawal, personal data, device."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.file_responses import Json
from pilotes.http.api.forms import read_form
from pilotes.http.api.page_route import PageRoute
from pilotes.identity.api.device import (
    drop_participant_cookie,
    person_of_request,
    set_participant_cookie,
)
from pilotes.identity.domain.codes import PERSONAL_LETTERS, read_code
from pilotes.identity.domain.person import Person
from pilotes.people.api.pages.my_participations_html import (
    Due,
    consent_page,
    erasure_page,
    participations_page,
    return_page,
    withdrawal_page,
)
from pilotes.people.flows.participations import (
    Participation,
    check_personal_code,
    erase_person,
    export_person,
    find_participation,
    list_consent_records,
    list_participations,
)
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.withdraw import withdraw
from pilotes.record.api.parameters import PilotPath
from socle.errors import Refusal

_MINE = "/participer/mes-participations"


def my_participations_pages(desk: PeopleDesk) -> APIRouter:
    """The routes of the pages."""
    router = APIRouter(include_in_schema=False, route_class=PageRoute)
    _add_list(router, desk)
    _add_consent(router, desk)
    _add_withdrawal(router, desk)
    _add_data(router, desk)
    _add_device(router, desk)
    return router


def _add_list(router: APIRouter, desk: PeopleDesk) -> None:
    @router.get(_MINE)
    async def mine(request: Request, fait: str = "") -> Response:
        person = person_of_request(request)
        found = await _found(person, desk)
        due = [await _due(each, person, desk) for each in found]
        answer = participations_page(list(zip(found, due, strict=True)), person, fait)
        set_participant_cookie(answer, person.personal_code)
        return answer


def _add_consent(router: APIRouter, desk: PeopleDesk) -> None:
    @router.get(_MINE + "/{pilot_id}")
    async def consent(request: Request, pilot_id: PilotPath) -> Response:
        of = await _one(request, pilot_id, desk)
        notice = await desk.notices.find(pilot_id, of.last.notice_version)
        assert notice is not None, "the notice of a consent exists"
        return consent_page(of, notice)

    @router.get(_MINE + "/{pilot_id}/consentement.json")
    async def records(request: Request, pilot_id: PilotPath) -> Response:
        content = await list_consent_records(
            person_of_request(request),
            pilot_id,
            trials=desk.trials,
            consents=desk.consents,
            notices=desk.notices,
            withdrawal=desk.my_participations_url,
        )
        return _file(content, f"consentement-{pilot_id}.json")


def _add_withdrawal(router: APIRouter, desk: PeopleDesk) -> None:
    @router.get(_MINE + "/{pilot_id}/retrait")
    async def withdrawal_form(request: Request, pilot_id: PilotPath) -> Response:
        return withdrawal_page(await _one(request, pilot_id, desk))

    @router.post(_MINE + "/{pilot_id}/retrait")
    async def stop(request: Request, pilot_id: PilotPath) -> Response:
        await withdraw(
            pilot_id,
            person_of_request(request),
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
        )
        return _back("retrait")


def _add_data(router: APIRouter, desk: PeopleDesk) -> None:
    @router.get("/participer/mes-donnees.json")
    async def data(request: Request) -> Response:
        content = await export_person(
            person_of_request(request),
            trials=desk.trials,
            consents=desk.consents,
            notices=desk.notices,
            reports=desk.reports,
            clock=desk.clock,
            withdrawal=desk.my_participations_url,
        )
        return _file(content, "mes-donnees.json")

    @router.get("/participer/effacement")
    async def erasure_form() -> Response:
        return erasure_page()

    @router.post("/participer/effacement")
    async def erase(request: Request) -> Response:
        await erase_person(
            person_of_request(request),
            trials=desk.trials,
            consents=desk.consents,
            reports=desk.reports,
        )
        answer = _back("effacement")
        drop_participant_cookie(answer)
        return answer


def _add_device(router: APIRouter, desk: PeopleDesk) -> None:
    @router.get("/participer/retour")
    async def return_form() -> Response:
        return return_page()

    @router.post("/participer/retour")
    async def come_back(request: Request) -> Response:
        code = read_code((await read_form(request)).get("code"), PERSONAL_LETTERS)
        if code is None:
            return return_page("Ce code n'est pas complet : six groupes de quatre.")
        held = person_of_request(request).personal_code
        try:
            await check_personal_code(code, held, trials=desk.trials, consents=desk.consents)
        except Refusal as refusal:
            return return_page(refusal.message)
        answer = _back("retour")
        set_participant_cookie(answer, code)
        return answer

    @router.post("/participer/oublier")
    async def leave() -> Response:
        answer = _back("oubli")
        drop_participant_cookie(answer)
        return answer


async def _found(person: Person, desk: PeopleDesk) -> list[Participation]:
    """The participations of a person, the active ones first."""
    found = await list_participations(person, trials=desk.trials, consents=desk.consents)
    return sorted(found, key=lambda each: (not each.last.active, each.trial.pilot.title))


async def _due(of: Participation, person: Person, desk: PeopleDesk) -> Due:
    """The due questionnaires of a participation; none once the person has withdrawn."""
    return await desk.due_surveys(of.trial.pilot, person) if of.last.active else ()


async def _one(request: Request, pilot_id: str, desk: PeopleDesk) -> Participation:
    person = person_of_request(request)
    return await find_participation(person, pilot_id, trials=desk.trials, consents=desk.consents)


def _back(done: str) -> Response:
    """A redirection to the list. `done`: the completed action, as the list names it."""
    return RedirectResponse(f"{_MINE}?fait={done}", 303, {"cache-control": "no-store"})


def _file(content: Any, name: str) -> Response:
    return Json(orjson.dumps(content, option=orjson.OPT_INDENT_2), name)
