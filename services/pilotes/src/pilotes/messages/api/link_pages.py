"""`/participer/messages/…`: what the links in messages lead to, without an account.

A programme that follows links only to check them sends GET, which changes nothing. A mailbox stops
messages with one POST (RFC 8058), whose body says nothing more.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import Response

from pilotes.messages.domain.links import LinkPurpose
from pilotes.messages.flows.messages_desk import MessagesDesk
from socle.http import Router
from socle.pages import Pages

_PATHS: Final[Mapping[LinkPurpose, str]] = {
    "confirm": "/participer/messages/confirmer/{link}",
    "stop": "/participer/messages/arreter/{link}",
}


def link_pages(desk: MessagesDesk, pages: Pages) -> Router:
    """The routes of both links."""
    router = Router(include_in_schema=False)
    for purpose in _PATHS:
        _add(router, purpose, desk, pages)
    return router


def _add(router: Router, purpose: LinkPurpose, desk: MessagesDesk, pages: Pages) -> None:
    @router.get(_PATHS[purpose])
    async def show(link: str) -> Response:
        await desk.recipients.check_link(purpose, link, desk.clock.now())
        return pages.answer("lien-recu/page.html", purpose=purpose, done=False)

    @router.post(_PATHS[purpose])
    async def follow(link: str) -> Response:
        # The link decides, whatever the account of the device, and whatever the form contains.
        await desk.recipients.follow_link(purpose, link, desk.clock.now())
        return pages.answer("lien-recu/page.html", purpose=purpose, done=True)
