"""`/participer/mes-participations/{pilot}/rappels`: a participant chooses reminders by e-mail or as
notifications of their browser, or stops them.

A browser is sent to an address of its own, which the gateway counts as other subscriptions to
notifications.
"""

from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.addresses import MY_PARTICIPATIONS
from pilotes.http.api.forms import read_form
from pilotes.identity.api.device import person_of_request
from pilotes.messages.domain.addresses import ADDRESS_REFUSALS, MOST_CHARACTERS
from pilotes.messages.flows.choose_reminders import (
    choose_notifications,
    choose_reminders,
    get_reminders_choice,
    stop_reminders,
)
from pilotes.messages.flows.messages_desk import MessagesDesk
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.api.parameters import PilotPath
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import Pages, page_request, problem_sentence
from socle.web_push import PushTarget

_PATH: Final = MY_PARTICIPATIONS + "/{pilot_id}/rappels"
_NOTIFICATIONS: Final = _PATH + "/notification"


def reminder_pages(people: PeopleDesk, desk: MessagesDesk, pages: Pages) -> Router:
    """The routes of the page."""
    router = Router(include_in_schema=False)

    @router.get(_PATH)
    async def show(request: Request, pilot_id: PilotPath) -> Response:
        return await _page(request, pilot_id, people, desk, pages)

    @router.post(_PATH)
    async def choose(request: Request, pilot_id: PilotPath) -> Response:
        form = await read_form(request, announced=True)
        person, typed = person_of_request(request), form.get("address")
        if form.get("action") == "stop":
            await stop_reminders(pilot_id, person, people=people, desk=desk)
            return _back(pilot_id)
        try:
            await choose_reminders(
                pilot_id, person, typed, page_request().language, people=people, desk=desk
            )
        except Refusal as refusal:
            return await _page(request, pilot_id, people, desk, pages, typed=typed, refusal=refusal)
        return _back(pilot_id)

    _add_notifications(router, people, desk, pages)
    return router


def _add_notifications(
    router: Router, people: PeopleDesk, desk: MessagesDesk, pages: Pages
) -> None:
    @router.get(_NOTIFICATIONS)
    async def show(pilot_id: PilotPath) -> Response:
        return _back(pilot_id)

    @router.post(_NOTIFICATIONS)
    async def choose(request: Request, pilot_id: PilotPath) -> Response:
        form = await read_form(request, announced=True)
        target = PushTarget(form.get("endpoint"), form.get("p256dh"), form.get("auth"))
        person, language = person_of_request(request), page_request().language
        try:
            await choose_notifications(pilot_id, person, target, language, people=people, desk=desk)
        except Refusal as refusal:
            return await _page(request, pilot_id, people, desk, pages, refusal=refusal)
        return _back(pilot_id)


async def _page(
    request: Request,
    pilot_id: str,
    people: PeopleDesk,
    desk: MessagesDesk,
    pages: Pages,
    *,
    typed: str | None = None,
    refusal: Refusal | None = None,
) -> Response:
    """The page. `typed`: the address that was typed; None without one. `refusal`: why a choice was
    refused; one after which no other address can be given is raised again."""
    if refusal is not None and refusal.details.get("rule") not in ADDRESS_REFUSALS:
        raise refusal
    found = await get_reminders_choice(
        pilot_id, person_of_request(request), people=people, desk=desk
    )
    wrong = None if refusal is None else problem_sentence(pages, of_refusal(refusal))
    return pages.answer(
        "rappels/page.html",
        status=400 if refusal else 200,
        scripts=found.most > 0 and desk.notifications is not None,
        pilot=found.trial.pilot,
        choice=found.choice,
        most=found.most,
        mail=desk.sends_mail,
        notifications=desk.notifications,
        typed=(typed or "")[:MOST_CHARACTERS],
        longest=MOST_CHARACTERS,
        wrong=wrong,
        wrong_address=None if typed is None else wrong,
    )


def _back(pilot_id: str) -> Response:
    """A redirection to the page, which states what is chosen now."""
    address = _PATH.format(pilot_id=pilot_id)
    return RedirectResponse(address, 303, {"cache-control": "no-store"})
