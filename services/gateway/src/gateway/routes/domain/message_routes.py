"""The routes that links in e-mails lead to."""

from typing import Final

from gateway.callers.domain.access import OPEN
from gateway.routes.domain.lab_routes import PILOTES
from gateway.routes.domain.routes import READ_AND_POST, Route

MESSAGE_LINKS: Final = Route(
    "/participer/messages/{rest...}",
    PILOTES,
    OPEN,
    methods=READ_AND_POST,
    plan_class="page",
    page=True,
    # It acts by its link, on no cookie: a mailbox that stops messages with one POST (RFC 8058)
    # names no origin, which a route of participants requires.
    participant=False,
    coverable=False,
)
