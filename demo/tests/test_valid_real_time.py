"""An hour of each operator's messages under MobilityData's rules (PyPI gtfs-rt-validator).

Rule E003 dates from before NEW and DUPLICATED trips, whose ids no timetable holds by definition:
what it says of those is set aside, and nothing else.
"""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as rt
from gtfs_rt_validator.api import Mode, PreparedFeed, Request, prepare_feed, resolve, validate

from demo.network.gtfs import gtfs_zip
from demo.network.region import region
from demo.operators.publisher import ADDRESSES, Publisher
from socle.testing import sized

OPERATORS = {operator.id: operator for operator in region(1, 1)}
EVENING = int(datetime(2026, 3, 3, 18, 30, tzinfo=UTC).timestamp())
"""Tuesday 19:30 in Paris: the peak is not over, and the evening works of Tours begin."""
EVERY = 3600 // sized(2, deep=3)
"""Seconds from one message to the next."""
ADDRESSED = [(id_, name) for id_, addresses in ADDRESSES.items() for name in addresses]


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], PreparedFeed]:
    """Each operator's schedule, read once by the validator."""

    @cache
    def prepared(operator_id: str) -> PreparedFeed:
        schedule = tmp_path_factory.mktemp("feeds") / f"{operator_id}.zip"
        schedule.write_bytes(gtfs_zip(OPERATORS[operator_id], date(2026, 3, 3)))
        return prepare_feed(schedule, mode=Mode.MODERN)

    return prepared


@pytest.mark.deep
@pytest.mark.parametrize(("operator_id", "name"), ADDRESSED, ids=map("/".join, ADDRESSED))
def test_an_hour_of_messages_breaks_no_rule(
    tmp_path: Path, feeds: Callable[[str], PreparedFeed], operator_id: str, name: str
) -> None:
    feed, publisher = feeds(operator_id), Publisher(OPERATORS[operator_id], seed=1)
    added: set[str] = set()
    folder = tmp_path / "messages"
    folder.mkdir()
    for at in range(EVENING, EVENING + 3600, EVERY):
        body = publisher.message(ADDRESSES[operator_id][name], at)
        added |= ids_of_added_trips(rt.FeedMessage.FromString(body))
        (folder / f"{at}.pb").write_bytes(body)
        os.utime(folder / f"{at}.pb", (at, at))  # the validator's clock
    result = validate(Request(mode=Mode.MODERN, gtfs=feed, inputs=resolve(str(folder))))
    assert result.run.messages_validated == 3600 // EVERY
    broken = [
        f"{found.rule_id} {found.prefix}"
        for found in result.run.notices.in_order()
        if found.rule_id in result.error_ids()
        and not (found.rule_id == "E003" and found.prefix.split()[-1] in added)
    ]
    assert broken == []


def ids_of_added_trips(message: Any) -> set[str]:
    """The trips of a message that no timetable holds, by its own words."""
    updates = [entity.trip_update for entity in message.entity if entity.HasField("trip_update")]
    new = {u.trip.trip_id for u in updates if u.trip.schedule_relationship == u.trip.NEW}
    return new | {u.trip_properties.trip_id for u in updates if u.trip_properties.trip_id}
