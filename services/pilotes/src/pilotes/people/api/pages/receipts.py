"""What a person agreed to, its proof, and the proof once the pilot is closed: `/participer/preuve`.

A code is sent in the body of forms: it would be stored with an address.
"""

from datetime import datetime
from typing import Any

import orjson
from fastapi import Request, Response

from pilotes.http.api.addresses import MY_PARTICIPATIONS
from pilotes.http.api.file_responses import Json
from pilotes.http.api.forms import parse_form
from pilotes.identity.api.device import person_of_request
from pilotes.people.api.pages.my_participations import is_barred
from pilotes.people.domain.receipt import SignedReceipt, receipt_code
from pilotes.people.flows.participations import (
    Participation,
    find_participation,
    list_consent_records,
)
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.receipts import (
    erase_retained_receipts,
    identity_of,
    list_retained_receipts,
)
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.notice import AUTHORITY_ADDRESS
from pilotes.record.domain.protocol import Protocol
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import Pages, problem_sentence

_ADDRESS = "/participer/preuve"


def receipt_pages(desk: PeopleDesk, pages: Pages) -> Router:
    """The routes of the pages."""
    router = Router(include_in_schema=False)
    _add_consent(router, desk, pages)
    _add_files(router, desk)
    _add_retained(router, desk, pages)
    return router


def _add_consent(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    @router.get(MY_PARTICIPATIONS + "/{pilot_id}")
    async def consent(request: Request, pilot_id: PilotPath) -> Response:
        person = person_of_request(request)
        found = await find_participation(
            person, pilot_id, trials=desk.trials, consents=desk.consents
        )
        agreed = await desk.trials.agreed_terms(found.last)
        # The copy that the code finds after the closing is as recent as what they read here.
        await desk.issue_receipts(found, person)
        return pages.answer(
            "accord/page.html",
            participation=found,
            notice=agreed.notice,
            design=agreed.protocol.design,
            place=_place(found, agreed.protocol),
            barred=await is_barred(found, person, desk),
            receipt_code=receipt_code(found.trial.salt, identity_of(found, person)),
            authority=AUTHORITY_ADDRESS,
        )


def _add_files(router: Router, desk: PeopleDesk) -> None:
    @router.get(MY_PARTICIPATIONS + "/{pilot_id}/consentement.json")
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

    @router.get(MY_PARTICIPATIONS + "/{pilot_id}/recu.json")
    async def receipts(request: Request, pilot_id: PilotPath) -> Response:
        person = person_of_request(request)
        found = await find_participation(
            person, pilot_id, trials=desk.trials, consents=desk.consents
        )
        issued = await desk.issue_receipts(found, person)
        content = [{"receipt": each.content, "jws": each.jws} for each in issued]
        return _file(content, f"recu-{pilot_id}.json")


def _add_retained(router: Router, desk: PeopleDesk, pages: Pages) -> None:
    template = "preuve/page.html"

    @router.get(_ADDRESS)
    async def code_form() -> Response:
        return pages.answer(template, typed="", wrong=None, found=(), erased=False)

    @router.post(_ADDRESS)
    async def look_up(request: Request) -> Response:
        # The code decides, whatever the account of the device.
        form = await parse_form(request)
        typed, action, pilot_id = form.get("code"), form.get("action"), form.get("pilot_id")
        try:
            if action == "erase":
                await erase_retained_receipts(typed, pilot_id, receipts=desk.receipts)
                return pages.answer(template, typed="", wrong=None, found=(), erased=True)
            found = await list_retained_receipts(
                typed, receipts=desk.receipts, read=desk.read_signed
            )
        except Refusal as refusal:
            if refusal.category not in ("invalid", "not_found"):
                raise
            wrong = problem_sentence(pages, of_refusal(refusal))
            return pages.answer(
                template, status=400, typed=typed[:90], wrong=wrong, found=(), erased=False
            )
        own = next((each for each in found if each.pilot_id == pilot_id), None)
        if action == "download" and own is not None:
            content = [{"receipt": each.content, "jws": each.jws} for each in own.receipts]
            return _file(content, f"recu-{own.pilot_id}.json")
        return pages.answer(
            template, typed=typed[:90], wrong=None, found=found, erased=False, events=_events
        )


def _events(receipt: SignedReceipt) -> list[tuple[str, datetime]]:
    """The events of a receipt: what happened, and when."""
    events = receipt.content["events"]
    return [(one["event_state"], datetime.fromisoformat(one["event_time"])) for one in events]


def _file(content: Any, name: str) -> Response:
    return Json(orjson.dumps(content, option=orjson.OPT_INDENT_2), name)


def _place(participation: Participation, agreed: Protocol) -> str | None:
    """The name of the place of a person; None in a trial that draws people."""
    code = participation.last.place
    return None if code is None else agreed.design.label_of(code)
