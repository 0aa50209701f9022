"""`/participer/pilotes/{pilot}/avis`: a pilot and the opinions on it, without an account or a
script."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from pilotes.contributions.api.contributions import Before, ContributionText, before_of, next_of
from pilotes.contributions.domain import MAX_LENGTH, Contribution, Counts
from pilotes.contributions.flows.contribute import contribute
from pilotes.contributions.flows.list_contributions import list_published
from pilotes.contributions.ports import Contributions
from pilotes.http.api.forms import read_form
from pilotes.identity.api.caller import caller
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.roles import is_allowed
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_territories import list_territories
from socle.auth import Caller
from socle.errors import Refusal
from socle.http import Problem, Router, of_refusal
from socle.pages import Pages, page_request, problem_sentence

_OPINIONS: Final = "/participer/pilotes/{pilot_id}/avis"
_A_PAGE: Final = 20  # contributions
_TEXT: Final[TypeAdapter[str]] = TypeAdapter(ContributionText)


FindOutcomes = Callable[[Pilot, Caller], Awaitable[Sequence[str] | None]]
"""What came out of a trial, in French; None while it is under way."""


@dataclass(frozen=True, slots=True)
class _Given:
    """What the pages are made from."""

    desk: Desk
    contributions: Contributions
    pages: Pages
    outcomes: FindOutcomes


def contribution_pages(
    desk: Desk, contributions: Contributions, pages: Pages, *, outcomes: FindOutcomes
) -> Router:
    """The public pages."""
    router = Router(include_in_schema=False)
    given = _Given(desk, contributions, pages, outcomes)
    _add_reading(router, given)
    _add_contributing(router, given)
    return router


def _add_reading(router: Router, given: _Given) -> None:
    @router.get(_OPINIONS)
    async def opinions(
        request: Request, pilot_id: PilotPath, cursor: Before = "", fait: str = ""
    ) -> Response:
        opinions = await _opinions(request, pilot_id, given, cursor)
        return _page(given.pages, opinions, done=bool(fait))


def _add_contributing(router: Router, given: _Given) -> None:
    # A refused form is displayed at this address: opening it again leads back to the page.
    @router.get(_OPINIONS + "/envoi")
    async def back(pilot_id: PilotPath) -> Response:
        return RedirectResponse(_OPINIONS.format(pilot_id=pilot_id), 303)

    @router.post(_OPINIONS + "/envoi")
    async def submit(request: Request, pilot_id: PilotPath) -> Response:
        typed = (await read_form(request)).get("said")
        try:
            await contribute(
                pilot_id,
                caller(request),
                _read(typed),
                desk=given.desk,
                contributions=given.contributions,
            )
        except Refusal as refusal:
            # The text stays in the form, to be corrected or copied.
            if refusal.category not in ("invalid", "too_many"):
                raise
            opinions = await _opinions(request, pilot_id, given)
            return _page(given.pages, opinions, typed=typed, problem=of_refusal(refusal))
        headers = {"cache-control": "no-store"}
        return RedirectResponse(f"{_OPINIONS.format(pilot_id=pilot_id)}?fait=1", 303, headers)


@dataclass(frozen=True, slots=True)
class Opinions:
    """One page of the published opinions on a pilot."""

    pilot: Pilot
    counts: Counts
    found: Sequence[Contribution]
    """The latest first."""
    next: str | None
    """The cursor of the next page, with older ones; None on the last."""
    territories: Sequence[str]
    """Where the trial takes place."""
    outcomes: Sequence[str] | None
    """What came out of it; None while it is under way."""
    for_team: bool
    """Whether the reader is in its team, and can choose its messages."""


async def _opinions(
    request: Request, pilot_id: PilotId, given: _Given, cursor: str = ""
) -> Opinions:
    pilot, found, more = await list_published(
        pilot_id,
        reader := caller(request),
        before=before_of(cursor),
        limit=_A_PAGE,
        desk=given.desk,
        contributions=given.contributions,
    )
    return Opinions(
        pilot,
        await given.contributions.counts(pilot_id),
        found,
        next_of(found, more=more),
        await list_territories(pilot, desk=given.desk),
        await given.outcomes(pilot, reader),
        await _is_in_team(pilot_id, reader, given.desk),
    )


async def _is_in_team(pilot_id: PilotId, reader: Caller, desk: Desk) -> bool:
    if not page_request().visitor.logged_in:
        return False
    _, actor = await desk.get_pilot(pilot_id, reader)
    return is_allowed("read_reports", actor.roles)


def _read(typed: str) -> str:
    """The text of a form, validated. Raises Refusal."""
    try:
        # Browsers send CR LF for a line break (HTML §4.10.21.6).
        return _TEXT.validate_python(typed.replace("\r\n", "\n"))
    except ValidationError:
        raise Refusal(
            "invalid", "L'avis est vide ou trop long.", rule="opinion_invalid", most=MAX_LENGTH
        ) from None


def _page(
    pages: Pages,
    opinions: Opinions,
    *,
    done: bool = False,
    typed: str = "",
    problem: Problem | None = None,
) -> Response:
    """The page of the opinions on a pilot, with a form.

    `done`: whether an opinion was just sent. `typed`: the text in the form. `problem`: why that
    text was refused.
    """
    return pages.answer(
        "avis/page.html",
        status=problem.type.status if problem else 200,
        headers=problem.text_headers if problem else {},
        opinions=opinions,
        counts=opinions.counts,
        done=done,
        typed=typed,
        longest=MAX_LENGTH,
        wrong=problem_sentence(pages, problem) if problem else None,
    )
