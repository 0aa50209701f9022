"""The lists of alerts over real connections: filters, languages, pages, one alert, the stream."""

import asyncio
import json
from collections.abc import Mapping

import aiohttp
import pytest
import pytest_asyncio
from alert_messages import TOWN, alert, period, text
from api_client import ConnectApi, get
from boards import City, paris

from mobilite.wiring.app import make_api
from socle.clock import ManualClock

NOW = paris("07:30:00")
NINE = int(paris("09:00:00").timestamp())


@pytest.fixture
def city() -> City:
    city = City(now=NOW)
    city.schedule(TOWN)
    return city


@pytest_asyncio.fixture
async def client(city: City, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(make_api(city.live, ManualClock(NOW)))


async def ids(client: aiohttp.ClientSession, **query: str) -> list[str]:
    return [each["id"] for each in (await get(client, "alerts", **query))["alerts"]]


RAILS = alert(
    "rails",
    'route_id: "tram" stop_id: "gare" direction_id: 0',
    'trip { trip_id: "t1" start_date: "20260302" }',
    more="effect: NO_SERVICE cause: CONSTRUCTION severity_level: SEVERE "
    + text("description_text", ("Voie coupée.", "fr"))
    + text("url", ("https://reseau.example/travaux", None))
    + period(NINE - 7200, NINE),
)


async def test_an_alert_reports_all_that_its_operator_reports(
    city: City, client: aiohttp.ClientSession
) -> None:
    city.publish(RAILS)
    (result,) = (await get(client, "alerts"))["alerts"]
    span = {"start": "2026-03-02T07:00:00+01:00", "end": "2026-03-02T09:00:00+01:00"}
    assert result.pop("informed")
    assert result == {
        "id": "f:0:rails",
        "feed": "f",
        "header": "Travaux",
        "language": "fr",
        "description": "Voie coupée.",
        "description_language": "fr",
        "url": "https://reseau.example/travaux",
        "image": None,
        "cause": "CONSTRUCTION",
        "effect": "NO_SERVICE",
        "severity": "SEVERE",
        "cause_text": "Travaux",
        "cause_language": "fr",
        "effect_text": "Service interrompu",
        "effect_language": "fr",
        "active": True,
        "when": "now",
        "period": span,
        "active_periods": [span],
        "ambiguous": False,
        "note": None,
        "note_language": None,
        "translations": [{"language": "fr", "header": "Travaux", "description": "Voie coupée."}],
        "stale": False,
        "age": 0,
        "updated_at": "2026-03-02T07:30:00+01:00",
        "licence": "etalab-2.0",
        "attribution": "La région",
    }


PICTURE = """
image {
  localized_image { url: "https://reseau.example/plan.png" media_type: "image/png" language: "fr" }
  localized_image { url: "https://reseau.example/map.png" media_type: "image/png" language: "en" }
  localized_image { url: "javascript:alert(1)" media_type: "image/png" language: "de" } }
image_alternative_text { translation { text: "Plan des travaux" language: "fr" } }
"""


@pytest.mark.parametrize(("language", "file"), [("fr", "plan"), ("en", "map"), ("de", "plan")])
async def test_its_picture_is_that_of_the_readers_language(
    city: City, client: aiohttp.ClientSession, language: str, file: str
) -> None:
    city.publish(alert("plan", 'route_id: "tram"', more=PICTURE))
    assert (await get(client, "alerts/f:0:plan", lang=language))["image"] == {
        "url": f"https://reseau.example/{file}.png",
        "media_type": "image/png",
        "language": "en" if file == "map" else "fr",
        "alternative_text": "Plan des travaux",
        "alternative_text_language": "fr",
    }


async def test_what_an_alert_is_about_is_named(city: City, client: aiohttp.ClientSession) -> None:
    city.publish(RAILS)
    nothing = dict.fromkeys(
        (
            "agency",
            "route",
            "route_type",
            "direction_id",
            "trip",
            "start_date",
            "start_time",
            "stop",
        )
    )
    assert (await get(client, "alerts/f:0:rails"))["informed"] == [
        {
            **nothing,
            "route": {"id": "f:tram", "name": "A"},
            "direction_id": 0,
            "stop": {"id": "f:gare", "name": "Gare"},
            "matched": True,
            "unknown": [],
        },
        {
            **nothing,
            "trip": {"id": "f:t1", "name": "Lac"},
            "start_date": "20260302",
            "matched": True,
            "unknown": [],
        },
    ]


async def test_nothing_is_reported_in_a_sentence(client: aiohttp.ClientSession) -> None:
    listed = await get(client, "alerts")
    assert (listed["alerts"], listed["next"]) == ([], None)
    assert listed["message"] == "Aucune perturbation en cours n'est annoncée."


async def test_alerts_are_chosen_by_what_they_touch_and_when(
    city: City, client: aiohttp.ClientSession
) -> None:
    city.schedule(TOWN, "g")
    city.publish(
        alert("line", 'route_id: "tram"')
        + alert("stop", 'stop_id: "parc"', more="effect: STOP_MOVED")
        + alert("trip", 'trip { trip_id: "b1" start_date: "20260303" }')
        + alert("later", more=period(NINE))
        + alert("over", more=period(end=NINE - 7200))
    )
    city.publish(alert("whole", more="effect: STOP_MOVED"), "g")
    assert set(await ids(client)) == {"f:0:line", "f:0:stop", "f:0:trip", "g:0:whole"}
    assert await ids(client, active="upcoming") == ["f:0:later"]
    assert len(await ids(client, active="all")) == 5
    assert await ids(client, feed="g") == ["g:0:whole"]
    assert await ids(client, route="f:tram") == ["f:0:line"]
    assert set(await ids(client, route="f:bus")) == {"f:0:stop", "f:0:trip"}
    assert set(await ids(client, stop="f:q2")) == {"f:0:trip"}
    assert set(await ids(client, stop="f:gare")) == {"f:0:line", "f:0:trip"}
    assert set(await ids(client, trip="f:b1")) == {"f:0:stop", "f:0:trip"}
    assert set(await ids(client, effect="STOP_MOVED")) == {"f:0:stop", "g:0:whole"}
    assert set((await get(client, "stops/f:gare"))["alerts"]) == {"f:0:line", "f:0:later"}
    assert await ids(client, route="f:bus", stop="f:parc", effect="DETOUR") == ["f:0:trip"]
    assert await ids(client, route="f:tram", stop="g:gare") == []
    assert await ids(client, feed="g", route="f:tram") == []


async def test_pages_hold_every_alert_once(city: City, client: aiohttp.ClientSession) -> None:
    levels = ("INFO", "WARNING", "SEVERE")
    city.publish("".join(alert(str(n), more=f"severity_level: {levels[n % 3]}") for n in range(10)))
    found: list[str] = []
    query: dict[str, str] = {"limit": "4"}
    while True:
        page = await get(client, "alerts", **query)
        found += [each["id"] for each in page["alerts"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == await ids(client, limit="100")
    assert len(set(found)) == 10


@pytest.mark.parametrize(
    ("query", "accept", "header"),
    [
        ({}, None, "Travaux"),
        ({"lang": "en"}, None, "Works"),
        ({"lang": "en-GB"}, None, "Works"),
        ({}, "en;q=0.5, de-CH", "Bauarbeiten"),
        ({"lang": "en"}, "de", "Works"),
        ({}, "nl, en;q=0", "Travaux"),
        ({}, "en;q=1.5", "Travaux"),
        ({}, "en;q=1.000", "Works"),
        ({"lang": "nl"}, "*;;q=x,,en;q=2", "Travaux"),
    ],
)
async def test_texts_are_reported_in_the_language_requested_for(
    city: City,
    client: aiohttp.ClientSession,
    query: Mapping[str, str],
    accept: str | None,
    header: str,
) -> None:
    texts = (("Sans langue", None), ("Works", "en"), ("Bauarbeiten", "de-CH"), ("Travaux", "fr-FR"))
    city.publish(f'entity {{ id: "1" alert {{ {text("header_text", *texts)} }} }}')
    headers = {} if accept is None else {"accept-language": accept}
    async with client.get("alerts", params=query, headers=headers) as answer:
        (result,) = (await answer.json())["alerts"]
        assert answer.headers["vary"] == "accept-language"
    assert result["header"] == header
    assert [each["header"] for each in result["translations"]] == [words for words, _ in texts]


async def test_codes_are_written_in_the_language_requested_for(
    city: City, client: aiohttp.ClientSession
) -> None:
    codes = "effect: REDUCED_SERVICE cause: STRIKE"
    detail = text("cause_detail", ("Grève nationale", "fr"))
    city.publish(alert("1", 'stop_id: "q9"', more=f"{codes} {detail}"))
    for language, effect, note in (
        ("fr", "Service réduit", "ne connaissent pas"),
        ("en-GB", "Reduced service", "not in its timetable"),
        ("de", "Service réduit", "ne connaissent pas"),
    ):
        (result,) = (await get(client, "alerts", lang=language))["alerts"]
        spoken = "en" if language == "en-GB" else "fr"
        assert (result["effect_text"], result["effect_language"]) == (effect, spoken)
        assert note in result["note"]
        assert result["note_language"] == spoken
        # The operator's own words take precedence, in the language that they have.
        assert (result["cause_text"], result["cause_language"]) == ("Grève nationale", "fr")


async def test_without_french_the_text_of_no_language_is_reported(
    city: City, client: aiohttp.ClientSession
) -> None:
    texts = text("header_text", ("Works", "en"), ("Travaux", None))
    city.publish(f'entity {{ id: "1" alert {{ {texts} }} }}')
    (result,) = (await get(client, "alerts"))["alerts"]
    assert (result["header"], result["language"]) == ("Travaux", None)


async def test_what_an_alert_names_and_no_one_knows_is_reported(
    city: City, client: aiohttp.ClientSession
) -> None:
    city.publish(alert("1", 'stop_id: "q9"', 'route_id: "tram" agency_id: "b"', 'stop_id: "q1"'))
    result = await get(client, "alerts/f:0:1")
    assert [(each["matched"], each["unknown"]) for each in result["informed"]] == [
        (False, ["stop_id"]),
        (False, ["agency_id"]),
        (True, []),
    ]
    assert result["informed"][0]["stop"] == {"id": "f:q9", "name": None}
    assert "ne connaissent pas" in result["note"]
    assert (await get(client, "stops/f:parc/departures"))["alerts"] == []


async def test_the_alerts_of_a_network_without_schedule_are_listed(
    city: City, client: aiohttp.ClientSession
) -> None:
    city.publish(alert("1", 'route_id: "x"'), "cars")
    (result,) = (await get(client, "alerts", feed="cars"))["alerts"]
    assert result["informed"][0]["route"] == {"id": "cars:x", "name": None}
    assert result["informed"][0]["matched"] is None


@pytest.mark.parametrize(
    ("path", "query", "status", "words"),
    [
        ("alerts", {"feed": "nulle"}, 404, "« nulle »"),
        ("alerts", {"route": "f:z"}, 404, "La ligne « f:z »"),
        ("alerts", {"route": "z"}, 404, "réseau:identifiant"),
        ("alerts", {"stop": "f:z"}, 404, "L’arrêt « f:z »"),
        ("alerts", {"trip": "f:z"}, 404, "La course « f:z »"),
        ("alerts", {"trip": "x" * 3000}, 404, "La course"),
        ("alerts", {"effect": "BOOM"}, 400, "NO_SERVICE"),
        ("alerts", {"active": "hier"}, 400, "'now', 'upcoming' ou 'all'"),
        ("alerts", {"lang": "<b>"}, 400, "code de langue"),
        ("alerts", {"limit": "-1"}, 400, "un entier est attendu, de 1 à 100"),
        ("alerts", {"cursor": "x"}, 400, "cursor"),
        ("alerts/f:0:z", {}, 404, "« f:0:z »"),
        ("alerts/f:0000000000:z", {}, 404, "n’existe"),
        ("alerts/stream", {"route": "f:z"}, 404, "La ligne « f:z »"),
    ],
)
async def test_what_cannot_be_answered_reports_why(
    client: aiohttp.ClientSession, path: str, query: Mapping[str, str], status: int, words: str
) -> None:
    async with client.get(path, params=query) as answer:
        assert answer.status == status
        assert words in (await answer.json(content_type="application/problem+json"))["detail"]


async def test_an_unchanged_list_is_known_by_its_tag(
    city: City, client: aiohttp.ClientSession
) -> None:
    city.publish(alert("1"))
    async with client.get("alerts") as answer:
        tag = answer.headers["etag"]
    city.publish(alert("1"))
    async with client.get("alerts", headers={"if-none-match": tag}) as answer:
        assert answer.status == 304
    city.publish(alert("1", header="Fin des travaux"))
    async with client.get("alerts", headers={"if-none-match": tag}) as answer:
        assert answer.status == 200


async def test_the_stream_reports_the_list_again_when_it_changes(
    city: City, client: aiohttp.ClientSession
) -> None:
    async with client.get("alerts/stream?route=f:tram") as answer:
        assert answer.content_type == "text/event-stream"
        assert (await event(answer))[1] == []
        city.publish(alert("1", 'route_id: "bus"') + alert("2", 'route_id: "tram"'))
        known, result = await event(answer)
        assert result == ["f:0:2"]
    headers = {"last-event-id": known}
    async with client.get("alerts/stream?route=f:tram", headers=headers) as answer:
        city.publish("")
        assert (await event(answer))[1] == []


async def test_the_stream_of_a_board_reports_its_alerts(
    city: City, client: aiohttp.ClientSession
) -> None:
    async with client.get("stops/f:gare/departures/stream?limit=1") as answer:
        assert (await event(answer))[1] == []
        city.publish(alert("1", 'stop_id: "q2"'))
        assert (await event(answer))[1] == ["f:0:1"]


async def event(answer: aiohttp.ClientResponse) -> tuple[str, list[str]]:
    """The id and the alerts of the next event."""
    fields: dict[str, str] = {}
    async with asyncio.timeout(60):
        async for line in answer.content:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            fields[name] = value
            if not name and "data" in fields:
                result = json.loads(fields["data"])
                return fields["id"], [each["id"] for each in result["alerts"]]
    raise EOFError
