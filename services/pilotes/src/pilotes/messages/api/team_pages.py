"""`/lab/pilotes/{pilot}/messages`: a member of its team, or a coordinator, chooses what they are
informed of."""

from typing import Final, get_args
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.addresses import LAB
from pilotes.http.api.forms import Form, read_form
from pilotes.identity.api.caller import caller
from pilotes.messages.domain.addresses import ADDRESS_REFUSALS, MOST_CHARACTERS
from pilotes.messages.domain.topics import TEAM_TOPICS, TeamTopic
from pilotes.messages.flows.choose_team_messages import choose_team_messages, get_team_choice
from pilotes.messages.flows.messages_desk import MessagesDesk
from pilotes.record.api.parameters import PilotPath
from pilotes.record.flows.desk import Desk
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import NOT_CACHED, Pages, page_request, problem_sentence

_PATH: Final = LAB + "/pilotes/{pilot_id}/messages"


def team_message_pages(record: Desk, desk: MessagesDesk, pages: Pages) -> Router:
    """The routes of the page."""
    router = Router(include_in_schema=False)

    @router.get(_PATH)
    async def show(request: Request, pilot_id: PilotPath) -> Response:
        if not page_request().visitor.logged_in:
            login = f"/auth/login?next={quote(page_request().address, safe='')}"
            return RedirectResponse(login, 302, {"cache-control": NOT_CACHED, "vary": "cookie"})
        return await _page(request, pilot_id, record, desk, pages)

    @router.post(_PATH)
    async def choose(request: Request, pilot_id: PilotPath) -> Response:
        form = await read_form(request, announced=True)
        try:
            await choose_team_messages(
                pilot_id,
                caller(request),
                form.get("address"),
                _topics(form),
                page_request().language,
                record=record,
                desk=desk,
            )
        except Refusal as refusal:
            if refusal.details.get("rule") not in ADDRESS_REFUSALS:
                raise
            wrong = problem_sentence(pages, of_refusal(refusal))
            return await _page(request, pilot_id, record, desk, pages, form=form, wrong=wrong)
        address = _PATH.format(pilot_id=pilot_id)
        return RedirectResponse(address, 303, {"cache-control": "no-store"})

    return router


async def _page(
    request: Request,
    pilot_id: PilotPath,
    record: Desk,
    desk: MessagesDesk,
    pages: Pages,
    *,
    form: Form | None = None,
    wrong: str | None = None,
) -> Response:
    """The page. `form`: what was sent. `wrong`: why it was refused."""
    found = await get_team_choice(pilot_id, caller(request), record=record, desk=desk)
    choice = found.choice
    chosen = choice.topics if choice else frozenset[TeamTopic]()
    # A team chooses no notifications.
    address = choice.address if choice and isinstance(choice.address, str) else None
    return pages.answer(
        "messages-equipe/page.html",
        status=400 if wrong else 200,
        pilot=found.pilot,
        coordinator=found.coordinator,
        choice=choice,
        available=desk.sends_mail and found.pilot.state != "closed",
        topics=TEAM_TOPICS,
        chosen=chosen if form is None else _topics(form),
        typed=(address or "") if form is None else form.get("address")[:MOST_CHARACTERS],
        longest=MOST_CHARACTERS,
        wrong=wrong,
    )


def _topics(form: Form) -> frozenset[TeamTopic]:
    """The topics that are ticked; others are ignored."""
    ticked = form.get_all("topic")
    return frozenset(each for each in get_args(TeamTopic) if each in ticked)
