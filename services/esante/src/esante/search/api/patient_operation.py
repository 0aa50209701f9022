"""What the operations on one patient's record share: their routes and what they call."""

from dataclasses import dataclass

from esante.core.api.fhir_router import Handler, Route
from esante.core.flows.worker_pool import WorkerPool
from esante.core.ports import ReadResource
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.ports import Searches
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class RecordAccess:
    """How operations read a record."""

    searches: Searches
    read: ReadResource
    base: str
    """The FHIR base as callers see it."""
    clock: Clock
    workers: WorkerPool

    def context(self) -> SearchContext:
        """The context of a search that starts now."""
        return SearchContext(self.base, self.clock.now())


def patient_routes(code: str, handler: Handler, definition: str) -> tuple[Route, ...]:
    """The routes of an operation of a patient, by GET and by POST. `code`: `$summary`."""
    path = "{type}/{id}/" + code
    return tuple(
        Route(method, path, code, "instance", handler, definition, ("Patient",))
        for method in ("GET", "POST")
    )
