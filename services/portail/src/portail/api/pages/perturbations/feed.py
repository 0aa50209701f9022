"""`GET /perturbations.atom`: the disruptions of all networks, of one or of a line, as a feed.

Who has no scripts, or no push service, subscribes with a feed reader (RFC 4287).
"""

import re
from datetime import datetime
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Response

from portail.api.pages.perturbations.page import Id, address
from portail.api.pages.perturbations.view import EVERY_MOMENT, Disruption, sections_of
from portail.api.texts import texts_of
from portail.flows.list_disruptions import DisruptionFilter, list_disruptions
from portail.ports import PublicApi
from socle.clock import Clock
from socle.http import Router
from socle.pages import FOR_A_MINUTE, Pages, page_request

_TYPE: Final = "application/atom+xml"
_NOT_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""https://www.w3.org/TR/xml/#charsets"""


def disruption_feed_router(api: PublicApi, pages: Pages, clock: Clock, zone: ZoneInfo) -> Router:
    """The router of the feed. `zone`: of the times in it."""
    router = Router(include_in_schema=False)

    @router.get("/perturbations.atom")
    async def feed(reseau: Id = "", ligne: Id = "") -> Response:
        reseau, ligne = _NOT_XML.sub("", reseau), _NOT_XML.sub("", ligne)
        chosen = DisruptionFilter(reseau or None, ligne or None)
        found = await list_disruptions(api, chosen, language=page_request().language)
        now, query = clock.now().astimezone(zone), {"reseau": reseau, "ligne": ligne}
        disruptions = [
            each
            for section in sections_of(found, EVERY_MOMENT, now, opened="", chosen=True)
            for network in section.networks
            for group in network.groups
            for each in group.disruptions
        ]
        name = None if found.networks is None or not reseau else found.networks.named(reseau)
        if ligne:
            route = found.routes.get(ligne)
            name = ligne if route is None else route.name
        texts = texts_of("perturbations")
        xml = pages.html(
            "perturbations/feed.xml",
            titre=texts["flux_de_quoi"].format(nom=name) if name else texts["flux_titre"],
            id=_urn("perturbations", reseau, ligne),
            page_adresse=address(query),
            ici=address(query, "/perturbations.atom"),
            entrees=[
                (_urn("alert", each.alert.id), each, _changed_at(each, now)) for each in disruptions
            ],
            date=max((_changed_at(each, now) for each in disruptions), default=now),
        )
        headers = {"cache-control": FOR_A_MINUTE, "vary": "accept-language, cookie"}
        return Response(xml, media_type=_TYPE, headers=headers)

    return router


def _urn(*parts: str) -> str:
    return "urn:regionlab:" + ":".join(quote(part, safe="") for part in parts if part)


def _changed_at(each: Disruption, now: datetime) -> datetime:
    """When an entry last changed. The API does not know when an alert was written: when it began,
    or else today. Readers take another instant for another content."""
    start = each.alert.period.start
    if start is not None and start <= now:
        return start
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
