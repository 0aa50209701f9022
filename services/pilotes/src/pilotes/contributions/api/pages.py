"""`/participer/pilotes` and `/participer/pilotes/{pilot}/avis`: the pilots and the opinions on
them, without an account or a script."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from pilotes.contributions.api.contributions import Before, ContributionText, before_of, next_of
from pilotes.contributions.api.pages_html import Opinions, opinions_page, pilots_page
from pilotes.contributions.domain import MAX_LENGTH
from pilotes.contributions.flows.contribute import contribute
from pilotes.contributions.flows.list_contributions import list_published
from pilotes.contributions.ports import Contributions
from pilotes.http.api.forms import read_form
from pilotes.http.api.page_route import PageRoute
from pilotes.identity.api.caller import caller
from pilotes.record.api.parameters import Cursor, PilotPath
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import list_pilots
from socle.errors import Refusal

PILOTS: Final = "/participer/pilotes"
_A_PAGE: Final = 20  # pilots or contributions
_TEXT: Final[TypeAdapter[str]] = TypeAdapter(ContributionText)


def contribution_pages(desk: Desk, contributions: Contributions) -> APIRouter:
    """The public pages."""
    router = APIRouter(include_in_schema=False, route_class=PageRoute)
    _add_reading(router, desk, contributions)
    _add_contributing(router, desk, contributions)
    return router


def _add_reading(router: APIRouter, desk: Desk, contributions: Contributions) -> None:
    @router.get(PILOTS)
    async def pilots(request: Request, cursor: Cursor = "") -> Response:
        found, more = await list_pilots(
            caller(request), stage=None, field=None, after=cursor, limit=_A_PAGE, desk=desk
        )
        # A member of a team also sees pilots that are not published: a page can have fewer.
        published = [pilot for pilot, _ in found if pilot.published]
        return pilots_page(published, found[-1][0].id if more else None)

    @router.get(PILOTS + "/{pilot_id}/avis")
    async def opinions(
        request: Request, pilot_id: PilotPath, cursor: Before = "", fait: str = ""
    ) -> Response:
        opinions = await _opinions(request, pilot_id, desk, contributions, cursor)
        return opinions_page(opinions, done=bool(fait))


def _add_contributing(router: APIRouter, desk: Desk, contributions: Contributions) -> None:
    # The address of a refused form, opened again.
    @router.get(PILOTS + "/{pilot_id}/avis/envoi")
    async def back(pilot_id: PilotPath) -> Response:
        return RedirectResponse(f"{PILOTS}/{pilot_id}/avis", 303)

    @router.post(PILOTS + "/{pilot_id}/avis/envoi")
    async def submit(request: Request, pilot_id: PilotPath) -> Response:
        typed = (await read_form(request)).get("said")
        try:
            text = _read(typed)
            await contribute(
                pilot_id, caller(request), text, desk=desk, contributions=contributions
            )
        except Refusal as refusal:
            # The text stays in the form, to be corrected or copied.
            if refusal.category not in ("invalid", "too_many"):
                raise
            opinions = await _opinions(request, pilot_id, desk, contributions)
            return opinions_page(opinions, typed=typed, refusal=refusal)
        headers = {"cache-control": "no-store"}
        return RedirectResponse(f"{PILOTS}/{pilot_id}/avis?fait=1", 303, headers)


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
            "invalid", f"Écrivez votre avis, en {MAX_LENGTH} caractères au plus. Rien n'est envoyé."
        ) from None
