"""The operations on resources, assembled."""

import asyncio
from functools import partial
from typing import Any, Protocol

from esante.access.adapters.carer_links import PostgresCarerLinks
from esante.access.adapters.record_loader import RecordLoader
from esante.core.api.fhir_router import Route
from esante.interactions.api.carer_links import CarerLinkRequests
from esante.interactions.api.emergency_operation import EmergencyOperation
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.emergency_access import EmergencyDependencies
from esante.interactions.flows.read import read
from esante.search.api.everything_operation import EverythingOperation
from esante.search.api.labels_operation import LabelsOperation
from esante.search.api.lastn_operation import LastnOperation
from esante.search.api.match_operation import MatchOperation
from esante.search.api.patient_operation import RecordAccess
from esante.search.api.pix_operation import PixOperation
from esante.search.flows.load_codes import CodeLoader
from esante.search.ports import Searches
from esante.settings import EsanteSettings
from esante.summary.api.docref_operation import DocrefOperation
from esante.summary.api.document_operation import DocumentOperation
from esante.summary.api.summary_operation import SummaryOperation
from esante.terminology.api.mapping_operations import MappingOperations
from esante.terminology.api.terminology_operations import TerminologyOperations
from esante.terminology.ports import Canonicals
from esante.traces.api.request_tracing import RequestTracing
from esante.validation.api.validate_operation import ValidateOperation
from esante.wiring.fhir_models import model_text
from socle.clock import Clock
from socle.postgres import Pool


class Operations(Protocol):
    """Operations that have routes."""

    def routes(self) -> tuple[Route, ...]:
        """The routes of these operations."""


def wire_operations(
    dependencies: Dependencies,
    canonicals: Canonicals,
    searches: Searches,
    codes: CodeLoader,
    clock: Clock,
) -> tuple[Operations, ...]:
    """The operations that have no interaction of their own."""
    validator, workers = dependencies.validator, dependencies.workers
    read_current = partial(read, dependencies=dependencies)
    record = RecordAccess(searches, read_current, dependencies.base, clock, workers)
    return (
        ValidateOperation(validator, canonicals, read=read_current, workers=workers),
        TerminologyOperations(
            canonicals, read=read_current, admit=validator.admit, workers=workers, clock=clock
        ),
        MappingOperations(canonicals, read=read_current, admit=validator.admit, workers=workers),
        EverythingOperation(record),
        SummaryOperation(record),
        DocumentOperation(record),
        LastnOperation(record, codes),
        LabelsOperation(searches, base=dependencies.base, clock=clock, workers=workers),
        MatchOperation(record),
        PixOperation(record),
        DocrefOperation(record),
    )


def wire_emergency(
    settings: EsanteSettings, dependencies: Dependencies, records: RecordLoader
) -> EmergencyOperation:
    """The operation that opens a record in an emergency."""
    find_record, most = records.find_emergency_record, settings.emergency_accesses
    return EmergencyOperation(
        EmergencyDependencies(dependencies, find_record, _write_communication, most)
    )


def wire_carers(
    pool: Pool, clock: Clock, base: str, tracing: RequestTracing | None
) -> CarerLinkRequests:
    """What the gateway requests for carers. `base`: the FHIR base."""
    return CarerLinkRequests(PostgresCarerLinks(pool, clock, base), tracing)


async def _write_communication(content: dict[str, Any]) -> bytes:
    return await asyncio.to_thread(_communication_text, content)


def _communication_text(content: dict[str, Any]) -> bytes:
    # Imported at the first emergency: it takes half a second and 30 MB.
    from fhir.resources.R4B.communication import Communication

    return model_text(Communication, content)
