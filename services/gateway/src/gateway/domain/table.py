"""The table of the platform: every address a caller can reach behind the door.

A service named here is reached at the address its own setting gives (`gateway/settings.py`).
"""

from typing import Final

from gateway.domain.routes import Limits, Route, RouteTable, Service

MOBILITE: Final = Service("mobilite")

_STREAM: Final = Limits(total=None, idle=90.0)

TABLE: Final = RouteTable(
    (
        Route(
            "/mobilite/v1/stops/{stop_id}/departures/stream",
            MOBILITE,
            public=True,
            streaming=True,
            compress=False,
            limits=_STREAM,
        ),
        Route("/mobilite/v1/{rest...}", MOBILITE, public=True),
    )
)
