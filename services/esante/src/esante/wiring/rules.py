"""The role `rules`: evaluates the rules of home care."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from pydantic import BaseModel

from esante.core.domain.json_parser import parse_object
from esante.core.domain.stamping import stamp
from esante.events import ResourceChangedV1
from esante.home_care.adapters.home_care_store import PostgresHomeCare
from esante.home_care.adapters.rule_file import shipped_rules
from esante.home_care.adapters.rule_metrics import count_outcome, count_rejected, report_overdue
from esante.home_care.domain.rule import RuleSet
from esante.home_care.flows.evaluate_patients import EvaluationDependencies, evaluate_patients
from esante.home_care.flows.read_changes import ChangeReader
from esante.search.domain.indexing import index
from esante.settings import EsanteSettings
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.store.domain.instants import next_instant
from esante.store.ports import Change, ResourceState
from esante.wiring.fhir_models import model_text
from esante.wiring.roles import NAME
from esante.wiring.search_parameters import follow_parameters
from esante.wiring.store import open_store
from socle.bus import open_bus
from socle.clock import Clock
from socle.outbox import Outbox
from socle.postgres import Pool, migrate, open_pool
from socle.service import RunningRole, WiringContext

GROUP: Final = "esante.rules"
_CONNECTIONS: Final = 5
_BATCH: Final = 500


async def wire_rules(context: WiringContext[EsanteSettings]) -> RunningRole:
    """The role `rules`: any number of replicas share the changes and the patients."""
    settings, clock = context.settings, context.clock
    database = settings.postgres.get_secret_value()
    await migrate(database, NAME)
    pool = await context.stack.enter_async_context(
        open_pool(database, application_name=f"{NAME}-rules", max_size=_CONNECTIONS)
    )
    bus = await context.stack.enter_async_context(
        open_bus(context.platform.kafka, source=NAME, clock=clock, lazy=True)
    )
    notifier = OutboxNotifier(pool)
    reader, evaluation = wire_evaluation(settings, pool, notifier, clock, shipped_rules())
    return RunningRole(
        tasks={
            "rule_readings": partial(
                bus.consume_batches,
                ResourceChangedV1,
                group=GROUP,
                handle=reader.handle,
                batch=_BATCH,
            ),
            "rule_evaluation": partial(evaluate_patients, evaluation),
            "rule_notifier": notifier.run,
            "rule_parameters": (await follow_parameters(pool, clock)).run,
        },
        checks={"rules": bus.why_not},
    )


def wire_evaluation(
    settings: EsanteSettings, pool: Pool, notifier: OutboxNotifier, clock: Clock, rules: RuleSet
) -> tuple[ChangeReader, EvaluationDependencies]:
    """The reader of changes, and what the evaluation of patients needs."""
    base = settings.base
    store = PostgresHomeCare(pool, open_store(pool, Outbox(NAME, clock), notifier, clock, base))
    reader = ChangeReader(store, rules, clock=clock, base=base, count_rejected=count_rejected)
    evaluation = EvaluationDependencies(
        store, rules, _prepare(base, clock), clock, base, count_outcome, report_overdue
    )
    return reader, evaluation


def _prepare(
    base: str, clock: Clock
) -> Callable[[dict[str, Any], str, str, ResourceState], Change]:
    # Imported by this role alone: the others start faster, with less memory.
    from fhir.resources.R4B.communication import Communication
    from fhir.resources.R4B.flag import Flag

    models: dict[str, type[BaseModel]] = {"Flag": Flag, "Communication": Communication}

    def prepare(
        content: dict[str, Any], resource_type: str, resource_id: str, state: ResourceState
    ) -> Change:
        parsed = parse_object(model_text(models[resource_type], {**content, "id": resource_id}))
        version, updated = state.version + 1, next_instant(state.updated, clock.now())
        text = stamp(parsed, resource_id=resource_id, version=version, updated=updated)
        return Change(
            *(resource_type, resource_id, version, updated),
            "create" if state.version == 0 else "update",
            text.encode(),
            index(parsed.value, base=base),
            0 if state.text is None else state.version,
            replaced_digests=state.index_digests,
        )

    return prepare
