"""Operators without software: what they publish is checked, stored, published as a feed, and
private to them.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import aiohttp
import pytest
from cities import LINE, timetable_from_text
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.desk.adapters.desk_message import desk_message
from mobilite.desk.adapters.notice_store import PostgresNotices
from mobilite.desk.api.desk import add_desk
from mobilite.desk.flows.list_notices import published_notices
from mobilite.desk.flows.publish_notice import MAX_PUBLISHED, Desk
from mobilite.desk.ports import DeskKey
from mobilite.gtfs.domain.ids import FeedId
from socle.clock import ManualClock
from socle.http import make_app
from socle.postgres import open_pool
from socle.testing import ServeApp

MORNING = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # 06:00 in Paris; the bus leaves at 08:00
KEYS = {
    "key-of-f": DeskKey("Régie F", frozenset({FeedId("f")})),
    "key-of-g": DeskKey("Régie G", frozenset({FeedId("g")})),
}
SHUTTLE = {
    **LINE,
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nt,08:00:00,09:00:00,1800\n",
}
WORKS = {
    "header": {"fr": "Arrêt Mairie non desservi", "en": "Mairie closed"},
    "effect": "NO_SERVICE",
    "cause": "CONSTRUCTION",
    "periods": [{"start": "2026-03-02T08:00:00+01:00", "end": "2026-03-03T18:00:00+01:00"}],
    "informed": [{"route": "f:r", "stop": "f:s2"}],
}
CANCELLED = {"trip": "f:t", "start_date": "20260302", "reason": {"fr": "Panne"}}


ALERT_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"header": {}}, "header"),
    ({"header": {"fr": " "}}, "header.fr"),
    ({"header": {"français": "x"}}, "header.français.[key]"),
    ({"header": {"fr": "a\x00b"}}, "header.fr"),
    ({"header": {"fr": "a\x85b"}}, "header.fr"),
    ({"header": {"fr": "retard \u202etnemelues"}}, "header.fr"),
    ({"header": {"fr": "\u200b\u2060"}}, "header.fr"),
    ({"header": {"fr": "a\ud800"}}, "header.fr"),
    ({"description": {"fr": "\u2066"}}, "description.fr"),
    ({"url": "https://a/\x00"}, "url"),
    ({"url": "https://a/\u202e"}, "url"),
    ({"periods": [{"start": "0001-01-01T00:00:00Z"}]}, "periods.0.start"),
    ({"periods": [{"start": "0001-01-01T00:00:00+14:00"}]}, "periods.0.start"),
    ({"periods": [{"end": "9999-12-31T23:59:59-14:00"}]}, "periods.0.end"),
    ({"effect": "PANIC"}, "effect"),
    ({"effect": None}, "effect"),
    ({"url": "javascript:alert(1)"}, "url"),
    ({"surprise": 1}, "surprise"),
    ({"informed": []}, "informed"),
    ({"whole_network": True}, "informed"),
    ({"informed": [{"direction_id": 1}]}, "informed.0"),
    ({"informed": [{"route": "g:r"}]}, "informed.0.route"),
    ({"informed": [{"route": "f:nowhere"}]}, "informed.0.route"),
    ({"informed": [{"stop": "f:s2"}, {"stop": "f:s9"}]}, "informed.1.stop"),
    ({"informed": [{"trip": "f:t", "start_date": "20261399"}]}, "informed.0.start_date"),
    ({"periods": [{"start": "2026-03-02T08:00:00"}]}, "periods.0.start"),
    (
        {"periods": [{"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T08:00:00Z"}]},
        "periods.0.end",
    ),
    ({"periods": [{"end": "2026-03-01T08:00:00Z"}]}, "periods"),
    ({"periods": [{"start": "2029-03-01T08:00:00Z"}]}, "periods.0.start"),
]
CANCELLATION_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"trip": "f:nowhere"}, "trip"),
    ({"trip": "g:t"}, "trip"),
    ({"start_date": "20270302"}, "start_date"),
    ({"start_date": "20260301"}, "start_date"),
    ({"start_time": "08:00:00"}, "start_time"),
]


class Counter:
    """A desk over a real database, reached over HTTP with a key."""

    def __init__(self, address: str, desk: Desk, clock: ManualClock) -> None:
        self.address, self.desk, self.clock = address, desk, clock

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "key-of-f",
        **headers: str,
    ) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            named["Authorization"] = f"Bearer {key}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.address + path, json=body, headers=named) as answer,
        ):
            return answer.status, await answer.json()

    async def feed(self, feed_id: str = "f") -> gtfs_rt.FeedMessage:
        result = await published_notices(FeedId(feed_id), desk=self.desk)
        message = gtfs_rt.FeedMessage()
        message.ParseFromString(desk_message(result, self.clock.now()))
        return message


@pytest.fixture
async def counter(postgres_url: str, serve_app: ServeApp) -> AsyncIterator[Counter]:
    clock, number = ManualClock(MORNING), count()
    timetables = {FeedId("f"): timetable_from_text(LINE)}
    timetables[FeedId("g")] = timetable_from_text(SHUTTLE, "g")
    async with open_pool(postgres_url, application_name="t") as pool:
        desk = Desk(PostgresNotices(pool), timetables.get, clock, lambda: f"n{next(number):03}")
        app = make_app("desk", service="mobilite", clock=clock)
        add_desk(app, desk, KEYS.get, prefix="")
        yield Counter(await serve_app(app), desk, clock)


async def test_an_alert_goes_out_as_a_feed_reports_it(counter: Counter) -> None:
    status, notice = await counter("POST", "/desk/f/alerts", WORKS)
    assert (status, notice["state"], notice["version"]) == (201, "upcoming", 1)
    assert notice["author"] == "Régie F"
    assert notice["told_as"] == "Arrêt Mairie non desservi"
    assert notice["about"] == ["ligne 1, arrêt Mairie"]
    (entity,) = (await counter.feed()).entity
    alert = entity.alert
    assert (entity.id, alert.effect, alert.cause) == ("n000", alert.NO_SERVICE, alert.CONSTRUCTION)
    (selector,) = alert.informed_entity
    assert (selector.route_id, selector.stop_id) == ("r", "s2")
    assert alert.active_period[0].start == int(MORNING.timestamp()) + 2 * 3600
    assert {t.language: t.text for t in alert.header_text.translation} == WORKS["header"]
    assert not (await counter.feed("g")).entity


async def test_a_cancellation_goes_out_with_its_reason_until_the_run_would_be_over(
    counter: Counter,
) -> None:
    status, notice = await counter("POST", "/desk/f/cancellations", CANCELLED)
    assert (status, notice["kind"], notice["state"]) == (201, "cancellation", "in_force")
    assert notice["told_as"] == "Départ de 08:00 supprimé"
    update, reason = (await counter.feed()).entity
    trip = update.trip_update.trip
    assert (trip.trip_id, trip.start_date) == ("t", "20260302")
    assert trip.schedule_relationship == gtfs_rt.TripDescriptor.CANCELED
    assert reason.alert.informed_entity[0].trip.trip_id == "t"
    assert reason.alert.header_text.translation[0].text == "Panne"
    counter.clock.advance(2.5 * 3600 + 1)
    assert not (await counter.feed()).entity
    assert (await counter("GET", f"/desk/f/notices/{notice['id']}"))[1]["state"] == "ended"


async def test_a_run_by_frequency_is_named_by_its_start(counter: Counter) -> None:
    wish = {"trip": "g:t", "start_date": "20260302"}
    status, problem = await counter("POST", "/desk/g/cancellations", wish, key="key-of-g")
    assert (status, problem["errors"][0]["field"]) == (400, "start_time")
    wish["start_time"] = "08:30:00"
    status, _ = await counter("POST", "/desk/g/cancellations", wish, key="key-of-g")
    assert status == 201
    (entity,) = (await counter.feed("g")).entity
    assert entity.trip_update.trip.start_time == "08:30:00"


async def test_a_preview_shows_and_publishes_nothing(counter: Counter) -> None:
    status, notice = await counter("POST", "/desk/f/alerts?preview=true", WORKS)
    assert (status, notice["told_as"]) == (200, "Arrêt Mairie non desservi")
    assert (await counter("GET", "/desk/f/notices"))[1] == {"notices": [], "next": None}
    assert not (await counter.feed()).entity


async def test_a_second_click_publishes_nothing_more(counter: Counter) -> None:
    idempotency_key = {"Idempotency_Key": "page-1"}
    first = await counter("POST", "/desk/f/alerts", WORKS, **idempotency_key)
    assert await counter("POST", "/desk/f/alerts", WORKS, **idempotency_key) == first
    other = {**WORKS, "effect": "DETOUR"}
    assert (await counter("POST", "/desk/f/alerts", other, **idempotency_key))[0] == 409
    assert len((await counter.feed()).entity) == 1


async def test_two_people_at_once_do_not_undo_each_other(counter: Counter) -> None:
    _, notice = await counter("POST", "/desk/f/alerts", WORKS)
    path = f"/desk/f/alerts/{notice['id']}"
    status, changed = await counter("PUT", path, {**WORKS, "effect": "DETOUR"}, If_Match='"1"')
    assert (status, changed["version"], changed["content"]["effect"]) == (200, 2, "DETOUR")
    status, problem = await counter("PUT", path, WORKS, If_Match='"1"')
    assert (status, "relisez" in problem["detail"]) == (409, True)
    assert (await counter("PUT", path, WORKS))[0] == 400
    assert (await counter.feed()).entity[0].alert.effect == gtfs_rt.Alert.DETOUR


async def test_what_is_withdrawn_is_reported_no_more_and_retained(counter: Counter) -> None:
    _, notice = await counter("POST", "/desk/f/alerts", WORKS)
    path = f"/desk/f/notices/{notice['id']}"
    for _ in range(2):
        status, withdrawn = await counter("DELETE", path)
        assert (status, withdrawn["state"], withdrawn["version"]) == (200, "withdrawn", 2)
    assert not (await counter.feed()).entity
    assert (await counter("GET", "/desk/f/notices"))[1]["notices"] == []
    _, everything = await counter("GET", "/desk/f/notices?told=false")
    assert [each["state"] for each in everything["notices"]] == ["withdrawn"]
    alert = f"/desk/f/alerts/{notice['id']}"
    assert (await counter("PUT", alert, WORKS, If_Match='"2"'))[0] == 409


async def test_a_key_opens_its_own_feed_and_no_other(counter: Counter) -> None:
    _, notice = await counter("POST", "/desk/f/alerts", WORKS)
    own, other = f"/desk/f/notices/{notice['id']}", f"/desk/g/notices/{notice['id']}"
    for method, path, body in (
        ("GET", "/desk/f/notices", None),
        ("GET", own, None),
        ("DELETE", own, None),
        ("POST", "/desk/f/alerts", WORKS),
        ("POST", "/desk/f/cancellations", CANCELLED),
        ("PUT", f"/desk/f/alerts/{notice['id']}", WORKS),
    ):
        headers = {"If_Match": '"1"'}
        assert (await counter(method, path, body, key=None, **headers))[0] == 401, path
        assert (await counter(method, path, body, key="guess", **headers))[0] == 401, path
        assert (await counter(method, path, body, key="key-of-g", **headers))[0] == 403, path
    assert (await counter("GET", other, key="key-of-g"))[0] == 404
    assert (await counter("DELETE", other, key="key-of-g"))[0] == 404
    assert (await counter("GET", own))[1]["state"] == "upcoming"
    assert (await counter("GET", "/desk/nowhere/notices"))[0] == 403
    assert (await counter("GET", "/desk/f/notices/%00"))[0] == 404


async def test_each_operation_is_documented_as_locked(counter: Counter) -> None:
    _, document = await counter("GET", "/openapi.json")
    operations = [each for item in document["paths"].values() for each in item.values()]
    assert [each["security"] for each in operations] == [[{"DeskKey": []}]] * len(operations)
    assert document["components"]["securitySchemes"]["DeskKey"]["scheme"] == "bearer"


async def test_the_key_reports_whose_it_is(counter: Counter) -> None:
    _, desk = await counter("GET", "/desk")
    assert desk == {"name": "Régie F", "feeds": [{"id": "f", "ready": True}]}


async def test_a_mistake_comes_back_by_its_field(counter: Counter) -> None:
    for change, field in ALERT_MISTAKES:
        status, problem = await counter("POST", "/desk/f/alerts", {**WORKS, **change})
        assert status == 400, change
        assert field in [error["field"] for error in problem["errors"]]


async def test_only_a_run_to_come_can_be_cancelled(counter: Counter) -> None:
    for change, field in CANCELLATION_MISTAKES:
        status, problem = await counter("POST", "/desk/f/cancellations", {**CANCELLED, **change})
        assert (status, problem["errors"][0]["field"]) == (400, field), change


async def test_notices_page_from_the_newest(counter: Counter) -> None:
    for number in range(5):
        counter.clock.advance(1)
        await counter("POST", "/desk/f/alerts", {**WORKS, "header": {"fr": f"n° {number}"}})
    seen, path = [], "/desk/f/notices?limit=2"
    cursor = ""
    while cursor is not None:
        _, page = await counter("GET", path + (f"&cursor={cursor}" if cursor else ""))
        seen += [each["told_as"] for each in page["notices"]]
        cursor = page["next"]
    assert seen == [f"n° {number}" for number in (4, 3, 2, 1, 0)]
    assert (await counter("GET", "/desk/f/notices?cursor=x"))[0] == 400
    assert (await counter("GET", "/desk/f/notices?limit=0"))[0] == 400


async def test_a_feed_reports_so_many_notices_and_no_more(counter: Counter) -> None:
    store = counter.desk.store
    _, first = await counter("POST", "/desk/f/alerts", WORKS)
    known = await store.find(FeedId("f"), first["id"], feeds=frozenset({FeedId("f")}))
    assert known is not None
    for number in range(MAX_PUBLISHED - 1):
        await store.add(
            replace(known, id=f"more-{number}"), idempotency_key=None, max_published=MAX_PUBLISHED
        )
    status, problem = await counter("POST", "/desk/f/alerts", WORKS)
    assert (status, "retirez" in problem["detail"]) == (429, True)
    counter.clock.advance(timedelta(days=3).total_seconds())
    later = {**WORKS, "periods": []}
    assert (await counter("POST", "/desk/f/alerts", later))[0] == 201
