"""`GET /completion?q=&pres=`: the options of a search field's completion, as an HTML fragment.
`pres`: the other place of the form, around which the first ones are.

https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
"""

from typing import Final

from fastapi.responses import HTMLResponse

from portail.api.pages.accueil.place_lines import place_line
from portail.api.parameters import Name
from portail.domain.found_places import is_name
from portail.ports import PublicApi
from socle.errors import Refusal
from socle.http import Router
from socle.pages import Pages

_OPTIONS: Final = 7


def completion_router(api: PublicApi, pages: Pages) -> Router:
    """The router of the completion. If the API cannot answer, it has no options: the field works
    as without scripts."""
    router = Router(include_in_schema=False)

    @router.get("/completion")
    async def complete(q: Name = "", pres: Name = "") -> HTMLResponse:
        name, lines = q.strip(), []
        if is_name(name):
            try:
                found = await api.places_named(name, limit=_OPTIONS, near=pres or None)
                lines = [place_line(place, {}) for place in found.places]
            except Refusal:
                lines = []
        return HTMLResponse(
            pages.html("accueil/completion.html", lieux=lines),
            headers={"cache-control": "no-store"},
        )

    return router
