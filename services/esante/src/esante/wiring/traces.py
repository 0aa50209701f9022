"""The traces of requests, assembled."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from esante.settings import EsanteSettings
from esante.subscriptions.adapters.subscription_rows import follows_audit_events
from esante.traces.adapters.journal import AbandonedJournal, Journal
from esante.traces.adapters.trace_metrics import report_traces, report_unrendered
from esante.traces.adapters.trace_store import TraceStore
from esante.traces.adapters.unrendered_traces import PostgresUnrenderedTraces
from esante.traces.api.request_tracing import RequestTracing
from esante.traces.flows.render_audit_events import AuditEventRenderer
from esante.traces.flows.trace_recorder import TraceRecorder, prune_traces
from socle.clock import Clock
from socle.outbox import Outbox
from socle.postgres import Pool, open_pool
from socle.service import Task
from socle.settings import SettingsError

_REQUIRED: Final = "ESANTE_TRACES : le dossier des traces est à donner, sur un disque local"


@dataclass(frozen=True, slots=True)
class Traces:
    """What traces the requests of one process."""

    tracing: RequestTracing
    recorder: TraceRecorder
    prune: Task
    """Removes old traces."""
    renderer: AuditEventRenderer

    @property
    def tasks(self) -> dict[str, Task]:
        """What runs in the background."""
        return {
            "traces": self.recorder.run,
            "audit_events": self.renderer.run,
            "old_traces": self.prune,
        }


async def open_traces(
    settings: EsanteSettings,
    clock: Clock,
    stack: AsyncExitStack,
    new_id: Callable[[], str],
    *,
    production: bool,
) -> Traces:
    """Open the journal of this process, and connections of its own. Raises SettingsError."""
    if production and settings.traces is None:
        raise SettingsError((_REQUIRED,))
    pool = await stack.enter_async_context(
        open_pool(
            settings.postgres.get_secret_value(),
            application_name="esante-traces",
            max_size=4,
            skip_session_reset=True,
        )
    )
    return wire_traces(settings, pool, clock, stack, new_id)


def wire_traces(
    settings: EsanteSettings,
    pool: Pool,
    clock: Clock,
    stack: AsyncExitStack,
    new_id: Callable[[], str],
) -> Traces:
    """The same on that pool."""
    folder = settings.traces_folder
    journal, store = Journal(folder, max_waiting=settings.traces_bytes), TraceStore(pool)
    stack.callback(journal.close)
    adopt = partial(AbandonedJournal.adopt_all, folder)
    recorder = TraceRecorder(journal, store, adopt, clock, report_traces)
    stack.push_async_callback(recorder.flush_at_stop)
    prune = partial(prune_traces, store, clock, timedelta(days=settings.traces_days))
    unrendered = PostgresUnrenderedTraces(pool, Outbox("esante", clock), follows_audit_events)
    renderer = AuditEventRenderer(unrendered, clock, report_unrendered, base=settings.base)
    return Traces(RequestTracing(recorder, renderer, clock, new_id), recorder, prune, renderer)
