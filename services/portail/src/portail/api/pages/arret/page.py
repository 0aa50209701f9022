"""`GET /arrets/{id}`: the live board of a stop; `?affichage=borne` for a large display."""

import asyncio
from urllib.parse import urlencode

from fastapi import Response

from portail.api.pages.arret.view import view_of
from portail.api.pages.itineraires.form import addresses_of_place
from portail.api.parameters import Cursor
from portail.api.rendering import BOARD_WATCHED, segment
from portail.api.texts import texts_of
from portail.flows.optional_parts import offered_notifications
from portail.flows.watch_board import LINES
from portail.ports import PublicApi
from socle.clock import Clock
from socle.http import Router
from socle.pages import BRIEFLY, Pages, page_request, typeset

BORNE = "borne"
"""The value of `affichage` for a large display."""


def stop_router(api: PublicApi, pages: Pages, clock: Clock) -> Router:
    """The router of boards."""
    router = Router(include_in_schema=False)

    @router.get("/arrets/{stop_id:path}")
    async def show_stop(stop_id: str, apres: Cursor = None, affichage: str = "") -> Response:
        borne = affichage == BORNE
        board, offered = await asyncio.gather(
            api.board(
                stop_id,
                language=page_request().language,
                limit=LINES,
                cursor=None if borne else apres,
            ),
            offered_notifications(api),
        )
        first = borne or apres is None
        here = f"/arrets/{segment(stop_id)}"
        from_here, to_here = addresses_of_place(board.stop.id, board.stop.name)
        return pages.answer(
            "arret/borne.html" if borne else "arret/page.html",
            cache=BRIEFLY,
            headers=BOARD_WATCHED,
            vue=view_of(board, clock.now(), borne=borne, live=first),
            borne=borne,
            titre=texts_of("arret")["titre"].format(arret=typeset(board.stop.name)),
            adresse=here,
            notifications=offered,
            depuis_ici=from_here,
            jusqu_ici=to_here,
            flux=here + "/flux" + ("?affichage=borne" if borne else ""),
            plus_tard=f"{here}?{urlencode({'apres': board.next})}" if board.next else None,
        )

    return router
