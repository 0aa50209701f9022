"""The addresses of the configured file, or of the extract of streets."""

from pathlib import Path

from mobilite.addresses.adapters.address_store import address_store
from mobilite.addresses.flows.live_addresses import LiveAddresses
from mobilite.machine.flows.follow_file import follow_file
from mobilite.settings import MobiliteSettings
from mobilite.wiring.shared import Start
from socle.service import RunningRole


def wire_addresses(given: Start, addresses: LiveAddresses, folder: str) -> RunningRole:
    """Follow the source of addresses, if there is one. The role is ready without it. `folder`: of
    its packed files, below that of all roles."""
    sources = address_sources(given.settings)
    if not sources:
        return RunningRole()
    addresses.configured = True
    store = address_store(
        given.settings.data / "addresses" / folder, of_extract=given.settings.addresses is None
    )
    given.stack.push_async_callback(store.close)

    async def run() -> None:
        await follow_file(sources, store=store, serve=addresses.serve)

    return RunningRole(tasks={"addresses": run})


def address_sources(settings: MobiliteSettings) -> tuple[Path, ...]:
    """The source of addresses, and the file of communes if its addresses do not state them."""
    if settings.addresses is not None:
        return (settings.addresses,)
    if settings.streets is None:
        return ()
    return (settings.streets, *(() if settings.communes is None else (settings.communes,)))
