"""The appointments of a professional on one day."""

import asyncio
from datetime import date, timedelta

from portail.domain.records.content import Appointment, appointments_of
from portail.ports.records import RecordAccess, RecordsApi


async def show_agenda(api: RecordsApi, access: RecordAccess, on: date) -> list[Appointment]:
    """In the order of their start: the reader takes part themselves, or in one of their roles.
    Raises Refusal."""
    if access.user is None:
        return []
    day = (f"ge{on.isoformat()}", f"lt{(on + timedelta(days=1)).isoformat()}")
    actors = ({"actor": access.user}, {"actor:PractitionerRole.practitioner": access.user})
    found = await asyncio.gather(
        *(
            api.read(
                access,
                "Appointment",
                date=day,
                _sort="date",
                _count=100,
                _include="Appointment:actor",
                **actor,
            )
            for actor in actors
        )
    )
    by_id = {each.id: each for bundle in found for each in appointments_of(bundle)}
    dated = [(each.start, each) for each in by_id.values() if each.start is not None]
    return [each for _, each in sorted(dated, key=lambda pair: pair[0])]
