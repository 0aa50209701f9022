"""Write the status that the server gives a subscription, as its next version.
https://hl7.org/fhir/R4/subscription.html#status"""

from esante.core.domain.json_parser import parse_object
from esante.core.domain.json_rewrite import rewrite
from esante.core.domain.stamping import stamp
from esante.search.domain.indexing import index
from esante.store.domain.instants import next_instant
from esante.store.ports import Change, ResourceState, WriteConflict
from esante.subscriptions.domain.subscription import SUBSCRIPTION, Status, Transition
from esante.subscriptions.flows.delivery_dependencies import Dependencies
from esante.subscriptions.ports import Due

_ATTEMPTS = 5


async def change_status(
    due: Due, status: Status, error: str | None = None, *, dependencies: Dependencies
) -> None:
    """Write the status and the error, unless the Subscription has both, is off, was deleted, or has
    another endpoint by now.

    Does nothing if others keep changing it: the next delivery does it again.
    """
    store = dependencies.store
    for _ in range(_ATTEMPTS):
        state = await store.find(SUBSCRIPTION, due.id)
        if state.text is None:
            return
        change = _prepare(due, state, state.text, status, error, dependencies)
        if change is None:
            return
        try:
            await store.write([change])
        except WriteConflict:
            continue
        return


def _prepare(
    due: Due,
    state: ResourceState,
    text: bytes,
    status: Status,
    error: str | None,
    dependencies: Dependencies,
) -> Change | None:
    """The change that writes the status and the error; None if there is none to write."""
    before = parse_object(text)
    value = dict(before.value)
    if value["channel"].get("endpoint", "") != due.channel.endpoint or value["status"] == "off":
        return None
    if (value["status"], value.get("error")) == (status, error):
        return None
    value["status"] = status
    value.pop("error", None)
    if error is not None:
        value["error"] = error
    version = state.version + 1
    updated = next_instant(state.updated, dependencies.clock.now())
    parsed = parse_object(rewrite(before, value).encode())
    stamped = stamp(parsed, resource_id=due.id, version=version, updated=updated)
    return Change(
        SUBSCRIPTION,
        due.id,
        version,
        updated,
        "update",
        stamped.encode(),
        index(value, base=dependencies.base),
        state.version,
        attached=Transition(status, error),
        replaced_digests=state.index_digests,
    )
