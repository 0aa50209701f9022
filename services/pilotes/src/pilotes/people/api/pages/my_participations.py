"""`/participer/mes-participations`: participations, withdrawal, personal data, device."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.addresses import MY_PARTICIPATIONS
from pilotes.http.api.file_responses import Json
from pilotes.http.api.forms import read_form
from pilotes.identity.api.device import (
    drop_participant_cookie,
    person_of_request,
    set_participant_cookie,
)
from pilotes.identity.domain.codes import PERSONAL_LETTERS, read_code
from pilotes.identity.domain.person import Person
from pilotes.people.flows.participations import (
    Participation,
    check_personal_code,
    find_awaited,
    find_participation,
    list_joint_participations,
    list_participations,
)
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.personal_data import erase_person, export_person
from pilotes.people.flows.restrict import restrict
from pilotes.people.flows.withdraw import withdraw
from pilotes.people.ports import PendingSurveySummary
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.pilot import Pilot
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import Pages, problem_sentence


def my_participations_pages(desk: PeopleDesk, pages: Pages) -> Router:
    """The routes of the pages."""
    router = Router(include_in_schema=False)
    _add_list(router, desk, pages)
    _add_awaited(router, desk, pages)
    _add_withdrawal(router, desk, pages)
    _add_restriction(router, desk, pages)
    _add_data(router, desk)
    _add_erasure(router, desk, pages)
    _add_device(router, desk, pages)
    return router


def _add_list(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    @router.get(MY_PARTICIPATIONS)
    async def mine(request: Request, fait: str = "") -> Response:
        person = person_of_request(request)
        found = await _list_participations(person, desk)
        answer = pages.answer(
            "participations/page.html",
            participations=[
                (each, await _pending(each, person, desk), await is_barred(each, person, desk))
                for each in found
            ],
            awaited=[
                each
                for each in await list_joint_participations(
                    person, trials=desk.trials, joints=desk.joints
                )
                if each.joint.pending
            ],
            reminded=await desk.reminded_pilots(),
            personal_code=person.personal_code,
            done=pages.texts("participations").get(f"done_{fait}"),
        )
        set_participant_cookie(answer, person.personal_code)
        return answer


def _add_awaited(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    @router.get(MY_PARTICIPATIONS + "/{pilot_id}/signature")
    async def awaited(request: Request, pilot_id: PilotPath) -> Response:
        person = person_of_request(request)
        found = await find_awaited(person, pilot_id, trials=desk.trials, joints=desk.joints)
        return pages.answer(
            "attente/page.html",
            awaited=found,
            personal_code=None if person.account else person.personal_code,
            public=desk.public,
        )


def _add_withdrawal(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    @router.get(MY_PARTICIPATIONS + "/{pilot_id}/retrait")
    async def withdrawal_form(request: Request, pilot_id: PilotPath) -> Response:
        return pages.answer("retrait/page.html", pilot=await _find_pilot(request, pilot_id, desk))

    @router.post(MY_PARTICIPATIONS + "/{pilot_id}/retrait")
    async def stop(request: Request, pilot_id: PilotPath) -> Response:
        await read_form(request, announced=True)
        person = person_of_request(request)
        await withdraw(
            pilot_id,
            person,
            trials=desk.trials,
            consents=desk.consents,
            joints=desk.joints,
            clock=desk.clock,
        )
        await desk.renew_receipts(pilot_id, person)
        return _back("retrait")


def _add_restriction(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    @router.get(MY_PARTICIPATIONS + "/{pilot_id}/limitation")
    async def restriction_form(request: Request, pilot_id: PilotPath) -> Response:
        participation = await _find_participation(request, pilot_id, desk)
        return pages.answer("limitation/page.html", pilot=participation.trial.pilot)

    @router.post(MY_PARTICIPATIONS + "/{pilot_id}/limitation")
    async def limit(request: Request, pilot_id: PilotPath) -> Response:
        await read_form(request, announced=True)
        person = person_of_request(request)
        await restrict(
            pilot_id,
            person,
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
        )
        await desk.renew_receipts(pilot_id, person)
        return _back("limitation")


def _add_data(router: Router, desk: PeopleDesk) -> None:
    @router.get("/participer/mes-donnees.json")
    async def data(request: Request) -> Response:
        content = await export_person(
            person_of_request(request),
            trials=desk.trials,
            consents=desk.consents,
            joints=desk.joints,
            notices=desk.notices,
            reports=desk.reports,
            clock=desk.clock,
            withdrawal=desk.my_participations_url,
        )
        return _file(content, "mes-donnees.json")


def _add_erasure(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    @router.get("/participer/effacement")
    async def erasure_form(request: Request) -> Response:
        on_device = _known_person(request).personal_code is not None
        return pages.answer("effacement/page.html", on_device=on_device)

    @router.post("/participer/effacement")
    async def erase(request: Request) -> Response:
        await read_form(request, announced=True)
        person = _known_person(request)
        await erase_person(
            person,
            trials=desk.trials,
            consents=desk.consents,
            joints=desk.joints,
            receipts=desk.receipts,
            reports=desk.reports,
        )
        answer = _back("effacement")
        drop_participant_cookie(answer)
        return answer


def _add_device(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    template = "retour/page.html"

    @router.get("/participer/retour")
    async def return_form() -> Response:
        return pages.answer(template, typed="", wrong=None)

    @router.post("/participer/retour")
    async def come_back(request: Request) -> Response:
        typed = (await read_form(request)).get("code")
        code = read_code(typed, PERSONAL_LETTERS)
        if code is None:
            wrong = pages.texts("retour")["code_wrong"]
            return pages.answer(template, status=400, typed=typed[:60], wrong=wrong)
        held = person_of_request(request).personal_code
        try:
            await check_personal_code(
                code, held, trials=desk.trials, consents=desk.consents, joints=desk.joints
            )
        except Refusal as refusal:
            wrong = problem_sentence(pages, of_refusal(refusal))
            return pages.answer(template, status=400, typed=typed[:60], wrong=wrong)
        answer = _back("retour")
        set_participant_cookie(answer, code)
        return answer

    @router.post("/participer/oublier")
    async def leave(request: Request) -> Response:
        await read_form(request)
        answer = _back("oubli")
        drop_participant_cookie(answer)
        return answer


async def _list_participations(person: Person, desk: PeopleDesk) -> list[Participation]:
    """The participations of a person, the active ones first."""
    found = await list_participations(person, trials=desk.trials, consents=desk.consents)
    return sorted(found, key=lambda each: (each.last.ended, each.trial.pilot.title))


def _known_person(request: Request) -> Person:
    """The person of a request. Raises Refusal without an account and without a personal code."""
    person = person_of_request(request)
    if not person.subjects:
        raise Refusal("not_found", "Cet appareil ne vous connaît pas.", rule="unknown_person")
    return person


async def _pending(
    participation: Participation, person: Person, desk: PeopleDesk
) -> Sequence[PendingSurveySummary]:
    """The questionnaires of a participation that are not answered; none once the person has
    withdrawn."""
    if not participation.last.active:
        return ()
    return await desk.pending_surveys(participation.trial.pilot, person)


async def is_barred(participation: Participation, person: Person, desk: PeopleDesk) -> bool:
    """Whether their consent with an account lapsed and the person leads or judges the trial now."""
    last = participation.last
    if not last.to_renew or last.means != "account":
        return False
    trial = await desk.trials.find(participation.trial.pilot.id)
    return trial is not None and person.account in trial.excluded_subjects


async def _find_participation(request: Request, pilot_id: str, desk: PeopleDesk) -> Participation:
    """The participation of the person of a request. Raises Refusal without one."""
    person = person_of_request(request)
    return await find_participation(person, pilot_id, trials=desk.trials, consents=desk.consents)


async def _find_pilot(request: Request, pilot_id: str, desk: PeopleDesk) -> Pilot:
    """The pilot in which the person takes part, or awaits a second signature. Raises Refusal
    without one."""
    person = person_of_request(request)
    joint_consents = await list_joint_participations(person, trials=desk.trials, joints=desk.joints)
    for each in joint_consents:
        if each.joint.pending and each.joint.pilot_id == pilot_id:
            return each.trial.pilot
    return (await _find_participation(request, pilot_id, desk)).trial.pilot


def _back(done: str) -> Response:
    """A redirection to the list. `done`: the completed action, as the list names it."""
    return RedirectResponse(f"{MY_PARTICIPATIONS}?fait={done}", 303, {"cache-control": "no-store"})


def _file(content: Any, name: str) -> Response:
    return Json(orjson.dumps(content, option=orjson.OPT_INDENT_2), name)
