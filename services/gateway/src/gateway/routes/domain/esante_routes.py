"""The routes of the FHIR server, in order; the addresses of its authorization are the gateway's."""

from typing import Final

from gateway.callers.domain.access import OPEN, only
from gateway.routes.domain.routes import STREAM, Limits, Route, Service

ESANTE: Final = Service("esante")

_FHIR: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
# The FHIR server checks scopes resource by resource.
_CARE: Final = only("patient", "carer", "professional", "integrator")

_BUNDLE: Final = Limits(body_bytes=32 * 1024 * 1024, write=100.0, total=120.0)
"""Of batches and transactions: of many resources, or of long documents."""
_RESOURCE: Final = Limits(body_bytes=8 * 1024 * 1024, write=40.0)
_BINARY: Final = Limits(body_bytes=50 * 1024 * 1024, write=300.0, total=330.0)
"""Of documents as bytes, which pass in both directions: 50 MiB take 300 s at 1.4 Mbit/s."""
_BULK_FILE: Final = Limits(total=3600.0)
"""Of downloads of exported files, which can be gigabytes."""

ESANTE_ROUTES: Final[tuple[Route, ...]] = (
    Route("/fhir/metadata", ESANTE, OPEN, plan_class="docs", cors="clients", fhir=True),
    Route(
        "/fhir/$async-job/{job}/{file}",
        ESANTE,
        _CARE,
        plan_class="record",
        cors="clients",
        fhir=True,
        coverable=False,  # it is called by programs
        limits=_BULK_FILE,
    ),
    *(
        # `$` as it is or percent-encoded: the service reads both.
        Route(
            f"/fhir/Subscription/{{id}}/{sign}event-stream",
            ESANTE,
            _CARE,
            plan_class="stream",
            cors="clients",
            fhir=True,
            coverable=False,
            streaming=True,
            compress=False,
            limits=STREAM,
        )
        for sign in ("$", "%24")
    ),
    *(
        Route(
            pattern,
            ESANTE,
            _CARE,
            methods=_FHIR,
            plan_class="record",
            cors="clients",
            fhir=True,
            limits=limits,
            # Documents are mostly compressed already, and keep their declared length.
            compress=limits is not _BINARY,
        )
        for pattern, limits in (
            ("/fhir", _BUNDLE),
            ("/fhir/", _BUNDLE),
            ("/fhir/Binary", _BINARY),
            ("/fhir/Binary/{rest...}", _BINARY),
            ("/fhir/{rest...}", _RESOURCE),
        )
    ),
)
