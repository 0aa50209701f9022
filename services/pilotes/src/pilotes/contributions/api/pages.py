"""`/participer/pilotes/{pilot}/avis`: a pilot and the opinions on it, without an account or a
script."""

from collections.abc import Sequence
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
from pilotes.record.flows.desk import Desk
from socle.errors import Refusal
from socle.http import Problem, Router, of_refusal
from socle.pages import Pages, problem_sentence

_OPINIONS: Final = "/participer/pilotes/{pilot_id}/avis"
_A_PAGE: Final = 20  # contributions
_TEXT: Final[TypeAdapter[str]] = TypeAdapter(ContributionText)


def contribution_pages(desk: Desk, contributions: Contributions, pages: Pages) -> Router:
    """The public pages."""
    router = Router(include_in_schema=False)
    _add_reading(router, desk, contributions, pages)
    _add_contributing(router, desk, contributions, pages)
    return router


def _add_reading(router: Router, desk: Desk, contributions: Contributions, pages: Pages) -> None:
    @router.get(_OPINIONS)
    async def opinions(
        request: Request, pilot_id: PilotPath, cursor: Before = "", fait: str = ""
    ) -> Response:
        opinions = await _opinions(request, pilot_id, desk, contributions, cursor)
        return _page(pages, opinions, done=bool(fait))


def _add_contributing(
    router: Router, desk: Desk, contributions: Contributions, pages: Pages
) -> None:
    # A refused form is displayed at this address: opening it again leads back to the page.
    @router.get(_OPINIONS + "/envoi")
    async def back(pilot_id: PilotPath) -> Response:
        return RedirectResponse(_OPINIONS.format(pilot_id=pilot_id), 303)

    @router.post(_OPINIONS + "/envoi")
    async def submit(request: Request, pilot_id: PilotPath) -> Response:
        typed = (await read_form(request)).get("said")
        try:
            await contribute(
                pilot_id, caller(request), _read(typed), desk=desk, contributions=contributions
            )
        except Refusal as refusal:
            # The text stays in the form, to be corrected or copied.
            if refusal.category not in ("invalid", "too_many"):
                raise
            opinions = await _opinions(request, pilot_id, desk, contributions)
            return _page(pages, opinions, typed=typed, problem=of_refusal(refusal))
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


async def _opinions(
    request: Request,
    pilot_id: PilotId,
    desk: Desk,
    contributions: Contributions,
    cursor: str = "",
) -> Opinions:
    pilot, found, more = await list_published(
        pilot_id,
        caller(request),
        before=before_of(cursor),
        limit=_A_PAGE,
        desk=desk,
        contributions=contributions,
    )
    counts = await contributions.counts(pilot_id)
    return Opinions(pilot, counts, found, next_of(found, more=more))


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
