"""The page of a run: whether it is late, where it is, and what happens when it is not published."""

import html
import re
from typing import Any

import aiohttp
import pytest
from event_listener import Listener
from line_data import call, trip, vehicle
from region_api import Region
from region_data import alert, board, departure, route

ADDRESS = "/courses/tao:1?date=20260302"


async def read(client: aiohttp.ClientSession, address: str, status: int = 200) -> str:
    async with client.get(address) as answer:
        assert answer.status == status
        return (await answer.text()).replace("\N{NO-BREAK SPACE}", " ")


def text_of(fragment: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", fragment)).split())


def answer_of(page: str) -> str:
    (found,) = re.findall(r'id="reponse">(.*?)</p>', page, re.S)
    return text_of(found)


UNKNOWN = [call("gare", 1, "08:50"), call("coligny", 2, "08:58"), call("hopital", 4, "09:04")]
STALE = [{**each, "state": "stale"} for each in UNKNOWN]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (trip(), "4 min de retard, entre Coligny et Hôpital, prochain arrêt à 09:04"),
        (trip(vehicle=vehicle(status="incoming_at")), "4 min de retard, à l’approche de Hôpital"),
        (trip(vehicle=vehicle(status="stopped_at")), "4 min de retard, à l’arrêt Hôpital"),
        (
            trip(vehicle=vehicle(status="stopped_at", stale=True)),
            "4 min de retard, entre Coligny et Hôpital, prochain arrêt à 09:04",
        ),
        (
            trip(status="upcoming", next_stop_sequence=1),
            "Départ de Gare d’Orléans à 08:50 : retard 2 min. Ne s’arrête pas à Parc",
        ),
        (
            trip(status="completed", next_stop_sequence=None),
            "Terminée : arrivée à Hôpital à 09:04, 4 min de retard",
        ),
        (trip(status="cancelled", next_stop_sequence=None), "Cette course est supprimée."),
        (
            trip(*UNKNOWN, vehicle=None),
            "On ne sait pas si ce bus est en retard : il n’envoie pas de temps réel. "
            "Entre Coligny et Hôpital, prochain arrêt à 09:04",
        ),
        (
            trip(*STALE, vehicle=None),
            "Retard inconnu (temps réel interrompu), entre Coligny et Hôpital, "
            "prochain arrêt à 09:04",
        ),
        (
            trip(
                call("gare", 1, "08:50", 0),
                {**call("coligny", 2, "08:58"), "state": "skipped"},
                {**call("parc", 3, "09:01"), "state": "skipped"},
                call("hopital", 4, "09:04", 0),
                next_stop_sequence=1,
                status="upcoming",
            ),
            "Départ de Gare d’Orléans à 08:50 : à l’heure. Ne s’arrête pas à 2 arrêts : "
            "Coligny, Parc",
        ),
        (
            trip(call("gare", 1, "08:50", 0), call("hopital", 4, "09:04", -70)),
            "1 min d’avance, entre Gare d’Orléans et Hôpital, prochain arrêt à 09:04",
        ),
    ],
)
async def test_the_first_line_answers_whether_i_am_late(
    region: Region, portal: str, client: aiohttp.ClientSession, content: Any, sentence: str
) -> None:
    region.answers["/trips/tao:1"] = content
    found = answer_of(await read(client, portal + ADDRESS))
    assert found == sentence.replace("retard 2 min", "2 min de retard")


async def test_calls_that_are_over_are_marked_and_the_next_one_too(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.answers["/trips/tao:1"] = trip(alerts=["tao:0:9"])
    region.answers["/alerts/tao:0:9"] = alert("9", "Travaux")
    page = await read(client, portal + ADDRESS)
    rows = [text_of(row) for row in re.findall(r'<li class="appel .*?</li>', page, re.S)]
    assert rows[0].startswith("08:50 prévu à 08:50 Gare d’Orléans")
    assert [("Passé" in row, "Prochain arrêt" in row) for row in rows] == [
        (True, False),
        (True, False),
        (False, False),
        (False, True),
    ]
    assert "arrêt non desservi" in rows[2]
    assert re.search(r'id="a-3" aria-current="step"', page)
    assert "Véhicule 7, peu de places assises · Véhicule accessible en fauteuil roulant" in text_of(
        page
    )
    assert "Travaux" in page
    assert 'href="/lignes/tao:A"' in page


async def test_a_run_without_real_time_has_no_time_of_update(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    def unlike(*states: str, **members: Any) -> Any:
        calls = [{**each, "state": state} for each, state in zip(UNKNOWN, states, strict=True)]
        return trip(*calls, vehicle=None, **members)

    contents = (
        (unlike("scheduled", "no_data", "no_data"), False),
        # What real time said of stops that are over says nothing of the next one.
        (unlike("predicted", "scheduled", "scheduled"), False),
        (unlike("scheduled", "scheduled", "predicted"), True),
        (unlike("scheduled", "scheduled", "skipped"), True),
        (unlike("scheduled", "scheduled", "scheduled", status="cancelled"), True),
        (unlike("stale", "stale", "stale"), False),
        (trip(), True),
    )
    for number, (content, updated) in enumerate(contents, start=1):
        region.answers[f"/trips/tao:{number}"] = content
        page = await read(client, f"{portal}/courses/tao:{number}")
        assert ("mis à jour il y a" in page) == updated, content
        assert ("temoin-live" in page) == updated
    english = {"accept-language": "en"}
    async with client.get(f"{portal}/courses/tao:1", headers=english) as answer:
        found = answer_of(await answer.text())
    assert found.startswith("It is not known whether this bus is late: it sends no live times.")


async def test_without_real_time_no_call_repeats_that_it_is_unknown(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.answers["/trips/tao:1"] = trip(*UNKNOWN, vehicle=None, updated_at=None)
    page = await read(client, portal + ADDRESS)
    rows = [text_of(row) for row in re.findall(r'<li class="appel .*?</li>', page, re.S)]
    assert not [row for row in rows if "horaire théorique" in row or "temps réel" in row]


async def test_many_calls_that_are_over_are_folded_while_it_runs(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    calls = [call("coligny", n, f"08:{n + 10}", 0) for n in range(1, 9)]
    region.answers["/trips/tao:1"] = trip(*calls, next_stop_sequence=7)
    page = await read(client, portal + ADDRESS)
    assert "<summary>5 arrêts passés</summary>" in page
    ended = trip(*calls, next_stop_sequence=None, status="completed")
    region.answers["/trips/tao:2"] = ended
    page = await read(client, f"{portal}/courses/tao:2")
    assert "arrêts passés" not in page
    assert "data-flux" not in page, "it cannot change any more"


async def test_connections_are_the_departures_of_other_lines_after_the_arrival(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.answers["/trips/tao:1"] = trip()
    own, other = departure("x", "09:08"), departure("y", "09:10", route=route("2"))
    gone = departure("z", "09:12", "cancelled", route=route("3"))
    region.boards["tao:hopital"] = board(own, other, gone)
    page = await read(client, f"{portal}{ADDRESS}&arret=tao:hopital")
    requested = [each for each in region.requests if "/stops/tao%3Ahopital/departures" in each]
    assert requested == [
        "/stops/tao%3Ahopital/departures?at=2026-03-02T09%3A04%3A00%2B01%3A00&lang=fr&limit=24"
    ]
    listed = text_of(page[page.index('id="correspondances"') :])
    assert "Arrivée à Hôpital à 09:04. Ensuite : Ligne 2 vers Hôpital 09:10" in listed
    assert listed.count("vers Hôpital") == 1


async def test_a_run_of_another_day_leads_to_the_one_that_is_published(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.undated["/trips/tao:1"] = trip()
    page = await read(client, f"{portal}/courses/tao:1?date=20260308&ligne=tao:A", 404)
    assert "Elle ne circule pas ce jour-là" in page
    assert "La même course : lundi 2 mars à 08:50" in page
    assert 'href="/courses/tao:1?date=20260302"' in page
    assert 'href="/lignes/tao:A"' in page


async def test_a_run_of_a_replaced_timetable_leads_to_its_line(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await read(client, f"{portal}/courses/tao:zz?date=20260302&ligne=tao:A", 404)
    assert "Elle n’est plus dans les horaires." in page
    assert 'href="/lignes/tao:A"' in page
    page = await read(client, f"{portal}/courses/tao:zz", 404)
    assert 'href="/lignes?reseau=tao"' in page
    await read(client, f"{portal}/courses/tao:zz?date=demain", 400)
    region.away = True
    await read(client, f"{portal}/courses/tao:zz", 503)


async def test_the_stream_sends_the_state_and_announces_what_is_new(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    path = "/trips/tao:1/stream"
    region.answers["/trips/tao:1"] = region.streamed[path] = trip()
    async with client.get(f"{portal}/courses/tao:1/flux?date=20260302") as answer:
        listener = Listener(answer)
        _, fragment = await listener.next()
        page = (await read(client, portal + ADDRESS)).splitlines()
        assert {each.replace("\N{NO-BREAK SPACE}", " ") for each in fragment.splitlines()} <= set(
            page
        )
        region.change_stream(path, trip(status="cancelled", next_stop_sequence=None))
        assert "course est supprimée" in (await listener.next())[1]
        assert await listener.next() == ("annonce", "Cette course est supprimée.")
        assert (await listener.next())[0] == "fin"


async def test_a_departure_of_a_board_leads_to_its_run_and_its_line(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    row = departure("n", "09:10", start_time="09:10:00", route=route("N"))
    region.boards["tao:gare"] = board(row)
    page = await read(client, f"{portal}/arrets/tao:gare")
    assert '"/courses/tao:n?date=20260302&amp;depart=09:10:00&amp;ligne=tao:N"' in page
    assert 'href="/lignes/tao:N"' in page


async def test_a_stream_ends_when_the_api_is_away(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.streamed["/trips/tao:1/stream"] = trip()
    async with client.get(f"{portal}/courses/tao:1/flux?date=20260302") as answer:
        await Listener(answer).next()
        region.go_away()
        rest = await answer.content.read()
    assert b"event" not in rest, "the run is not gone: the page states that it is not updated"
