"""`/participer/signature`: the decision of a parent, or of whoever is entitled for a person.

The code is sent in the body of forms: it would be stored with an address.
"""

from fastapi import Request, Response

from pilotes.http.api.forms import Form, parse_form
from pilotes.identity.api.caller import caller
from pilotes.people.api.pages.capacity_fields import (
    MANDATE_TYPES,
    SCOPES,
    offered_reading,
    read_mandate,
)
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.second_signature import (
    SecondSignature,
    get_second_signature,
    sign_second,
    withdraw_as_second_signer,
)
from pilotes.record.domain.notice import AUTHORITY_ADDRESS
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import Pages, problem_sentence

_ADDRESS = "/participer/signature"


def second_signature_pages(desk: PeopleDesk, pages: Pages) -> Router:
    """The routes of the page."""
    router = Router(include_in_schema=False)

    @router.get(_ADDRESS)
    async def code_form() -> Response:
        return _code_form(pages)

    @router.post(_ADDRESS)
    async def decide(request: Request) -> Response:
        # The code decides, whatever the account of the device.
        form = await parse_form(request)
        typed = form.get("code")
        try:
            if form.get("action") == "withdraw":
                last = await withdraw_as_second_signer(
                    typed, joints=desk.joints, consents=desk.consents, clock=desk.clock
                )
                stays = last is not None and not last.ended
                return _code_form(pages, done="done_refused" if stays else "done_withdrawn")
            found = await _find(typed, desk)
            if form.get("action") != "sign" or found.trial is None:
                return _decision(pages, found, form)
            return await _sign(request, form, found, desk, pages)
        except Refusal as refusal:
            if refusal.category not in ("invalid", "conflict", "not_found"):
                raise
            wrong = problem_sentence(pages, of_refusal(refusal))
            return _code_form(pages, typed=typed[:90], wrong=wrong)

    return router


async def _find(typed: str, desk: PeopleDesk) -> SecondSignature:
    return await get_second_signature(
        typed, joints=desk.joints, trials=desk.trials, consents=desk.consents, clock=desk.clock
    )


async def _sign(
    request: Request, form: Form, found: SecondSignature, desk: PeopleDesk, pages: Pages
) -> Response:
    """Sign, or show the decision again with what is wrong."""
    mandate = read_mandate(form, found.joint.capacity)
    if isinstance(mandate, str):
        return _decision(pages, found, form, pages.texts("signature")[mandate])
    try:
        await sign_second(
            form.get("code"),
            mandate,
            caller(request).role,
            notice_version=form.get("notice_version"),
            joints=desk.joints,
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
        )
    except Refusal as refusal:
        if refusal.category != "invalid" and refusal.details.get("rule") != "notice_changed":
            raise
        wrong = problem_sentence(pages, of_refusal(refusal))
        return _decision(pages, found, form, wrong)
    return _code_form(pages, done="done_signed")


def _code_form(
    pages: Pages, *, typed: str = "", wrong: str | None = None, done: str | None = None
) -> Response:
    """The page with the form for a code. `done`: the text that states what was done."""
    return pages.answer(
        "signature/page.html",
        status=400 if wrong else 200,
        typed=typed,
        wrong=wrong,
        done=None if done is None else pages.texts("signature")[done],
    )


def _decision(
    pages: Pages, found: SecondSignature, form: Form, wrong: str | None = None
) -> Response:
    """The page with the notice and the decision; or with what was signed, and why nothing can be
    signed now."""
    if found.trial is None:
        refusal = found.obstacle
        obstacle = None if refusal is None else problem_sentence(pages, of_refusal(refusal))
        return pages.answer("signature/etat.html", found=found, obstacle=obstacle)
    return pages.answer(
        "signature/lecture.html",
        status=400 if wrong else 200,
        found=found,
        form=form,
        reading=offered_reading(form.get("reading"), found.trial.notice),
        types=MANDATE_TYPES,
        scopes=SCOPES,
        wrong=wrong,
        authority=AUTHORITY_ADDRESS,
    )
