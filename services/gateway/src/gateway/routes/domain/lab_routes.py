"""The routes of the pages of coordinators."""

from typing import Final

from gateway.callers.domain.access import OPEN
from gateway.routes.domain.routes import READ_AND_POST, Limits, Route, Service

PILOTES: Final = Service("pilotes")

LAB_ROUTES: Final[tuple[Route, ...]] = tuple(
    # `pilotes` redirects other roles to the login.
    Route(
        pattern,
        PILOTES,
        OPEN,
        methods=READ_AND_POST,
        plan_class="page",
        page=True,
        coverable=False,
        # A notice has twelve long texts, percent-encoded, and is sent with what it was at first.
        limits=Limits(body_bytes=1024 * 1024),
    )
    for pattern in ("/lab", "/lab/{rest...}")
)
