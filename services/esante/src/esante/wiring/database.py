"""The readiness of the database, without which no role of esante answers."""

from esante.settings import EsanteSettings
from socle.postgres import watch_postgres
from socle.service import RunningRole, Wire, WiringContext, combine


def with_database(wire: Wire[EsanteSettings]) -> Wire[EsanteSettings]:
    """The same role, which is ready while PostgreSQL answers. For a process: roles that share one
    ask once."""

    async def wired(context: WiringContext[EsanteSettings]) -> RunningRole:
        database = context.settings.postgres.get_secret_value()
        return combine(await wire(context), watch_postgres(database, application_name="esante"))

    return wired
