"""`/participer/mes-participations/{pilot}/rappels`: a participant chooses reminders, or stops
them."""

from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.addresses import MY_PARTICIPATIONS
from pilotes.http.api.forms import read_form
from pilotes.identity.api.device import person_of_request
from pilotes.messages.domain.addresses import ADDRESS_REFUSALS, MOST_CHARACTERS
from pilotes.messages.flows.choose_reminders import (
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

_PATH: Final = MY_PARTICIPATIONS + "/{pilot_id}/rappels"


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
            if refusal.details.get("rule") not in ADDRESS_REFUSALS:
                raise
            wrong = problem_sentence(pages, of_refusal(refusal))
            return await _page(request, pilot_id, people, desk, pages, typed=typed, wrong=wrong)
        return _back(pilot_id)

    return router


async def _page(
    request: Request,
    pilot_id: str,
    people: PeopleDesk,
    desk: MessagesDesk,
    pages: Pages,
    *,
    typed: str = "",
    wrong: str | None = None,
) -> Response:
    """The page. `typed`: the address in the form. `wrong`: why it was refused."""
    found = await get_reminders_choice(
        pilot_id, person_of_request(request), people=people, desk=desk
    )
    return pages.answer(
        "rappels/page.html",
        status=400 if wrong else 200,
        pilot=found.trial.pilot,
        choice=found.choice,
        most=found.most,
        typed=typed[:MOST_CHARACTERS],
        longest=MOST_CHARACTERS,
        wrong=wrong,
    )


def _back(pilot_id: str) -> Response:
    """A redirection to the page, which states what is chosen now."""
    address = _PATH.format(pilot_id=pilot_id)
    return RedirectResponse(address, 303, {"cache-control": "no-store"})
