"""The FHIR service without traces, or with them but without AuditEvents, to measure what they cost.

`python -m bench.esante.traced_server none|traces|events`, then the role. No setting of the service
does this.
"""

import asyncio
import runpy
import sys
from collections.abc import Awaitable
from unittest.mock import patch

from esante.core.api import fhir_router
from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Handler, Route
from esante.core.api.responses import FhirResponse
from esante.traces.flows.render_audit_events import AuditEventRenderer


def _untraced(
    _: Route, handler: Handler, request: FhirRequest, __: object
) -> Awaitable[FhirResponse]:
    return handler(request)


async def _never(_: AuditEventRenderer) -> None:
    await asyncio.Event().wait()


if __name__ == "__main__":
    how = sys.argv.pop(1)
    if how == "none":
        patch.object(fhir_router, "_traced", _untraced).start()
    if how != "events":
        patch.object(AuditEventRenderer, "run", _never).start()
    runpy.run_module("esante", run_name="__main__")
