"""What every role of pilotes opens: its database and its bus."""

from typing import Final

from pilotes.settings import PilotesSettings
from socle.bus import Bus, open_bus
from socle.postgres import Pool, migrate, open_pool, watch_postgres
from socle.service import RunningRole, WiringContext

NAME: Final = "pilotes"


async def open_database(given: WiringContext[PilotesSettings]) -> Pool:
    """A pool on the service's own database, migrated to the last version."""
    settings = given.settings
    database = settings.postgres.get_secret_value()
    await migrate(database, NAME)
    return await given.stack.enter_async_context(
        open_pool(database, application_name=NAME, max_size=settings.connections)
    )


def watch_database(given: WiringContext[PilotesSettings]) -> RunningRole:
    """The readiness of the database, without which no role answers."""
    return watch_postgres(given.settings.postgres.get_secret_value(), application_name=NAME)


async def open_role_bus(given: WiringContext[PilotesSettings]) -> Bus:
    """The bus. The role also starts while it is unavailable: the outbox publishes once it is
    reachable."""
    return await given.stack.enter_async_context(
        open_bus(given.platform.kafka, source=NAME, clock=given.clock, lazy=True)
    )
