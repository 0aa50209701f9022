"""Reads the measures of a patient."""

from datetime import datetime
from typing import Final

from portail.domain.records.elements import next_query
from portail.domain.records.measures import MeasureType, Series, series_of
from portail.ports.records import RecordAccess, RecordsApi

_MOST: Final = 500


async def read_measures(
    api: RecordsApi,
    access: RecordAccess,
    patient_id: str,
    type_: MeasureType,
    *,
    since: datetime,
    now: datetime,
) -> Series:
    """The measures of a type since an instant, the newest 500 at most. Raises Refusal."""
    found = await api.read(
        access,
        "Observation",
        patient=patient_id,
        code=",".join(f"http://loinc.org|{each}" for each in type_.codes),
        date=f"ge{since.date().isoformat()}",
        _sort="-date",
        _count=_MOST,
    )
    return series_of(found, type_, now=now, truncated=next_query(found) is not None)
