"""The pages of lines, as their HTML says them."""

import html
import re

import aiohttp
import pytest
from event_listener import Listener
from line_data import (
    current_run,
    direction,
    frequent_table,
    furnish_lines,
    line,
    listed_line,
    progress,
    runs,
    table_call,
    table_of_the_day,
    table_run,
    timetable,
    vehicle,
)
from region_api import Region
from region_data import alert, at, feed


async def read(client: aiohttp.ClientSession, address: str, language: str = "fr") -> str:
    async with client.get(address, headers={"accept-language": language}) as answer:
        assert answer.status == 200
        return (await answer.text()).replace("\N{NO-BREAK SPACE}", " ")


def text_of(fragment: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", fragment)).split())


def section(page: str, name: str) -> str:
    (found,) = re.findall(rf'<section[^>]*aria-labelledby="{name}".*?</section>', page, re.S)
    return text_of(found)


@pytest.fixture
def lines(region: Region) -> Region:
    furnish_lines(region)
    return region


async def test_lines_are_listed_by_network_and_mode_with_those_disrupted(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    lines.alerts = [alert("1", "Travaux", informed=[{"route": {"id": "tao:2", "name": "2"}}])]
    page = await read(client, f"{portal}/lignes")
    listed = text_of(page[page.index("<section") :])
    assert "TAO Orléans 1 ligne perturbée Tramway" in listed
    assert "Ligne A Hôpital ↔ Gare Bus Ligne 2 Gare – Parc des Expositions perturbée" in listed
    assert 'href="/lignes/tao:A"' in page
    english = await read(client, f"{portal}/lignes", "en")
    assert "1 line disrupted" in text_of(english)


async def test_a_search_goes_to_the_api_and_states_when_it_finds_nothing(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    lines.answers["/routes"] = {"routes": [], "next": None}
    page = await read(client, f"{portal}/lignes?q=zeppelin&reseau=tao&mode=0")
    assert "Aucune ligne ne correspond à « zeppelin »" in page
    assert "/routes?limit=60&q=zeppelin&feed=tao&type=0" in lines.requests


async def test_a_large_region_lists_its_networks_first_and_then_pages(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    lines.feeds.append(feed("remi", "Cars Rémi"))
    lines.answers["/routes"] = {"routes": [listed_line()] * 60, "next": "c+"}
    page = await read(client, f"{portal}/lignes")
    assert "/lignes/tao:A" not in page
    assert 'href="/lignes?reseau=remi"' in page
    page = await read(client, f"{portal}/lignes?reseau=tao")
    assert page.count('href="/lignes/tao:A"') == 60
    assert 'href="/lignes?reseau=tao&amp;suite=c%2B"' in page


async def test_a_line_has_its_plan_with_a_branch_and_its_connections(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await read(client, f"{portal}/lignes/tao:A")
    plan = section(page, "plan")
    assert "Gare d’Orléans" in plan
    assert "correspondances : Ligne K2 Ligne 2 Coligny non accessible en fauteuil Parc" in plan
    assert "Parc certaines courses" in plan
    rows = re.findall(r'<li class="plan-arret.*?</li>', page, re.S)
    centres = [re.findall(r'cx="(\d+)"', row)[0] for row in rows]
    assert centres[0] == centres[1] == centres[3] != centres[2], "Parc is on a lane of its own"
    diagonals = [
        x for row in rows for x in re.findall(r'x1="(\d+)" x2="(\d+)"', row) if x[0] != x[1]
    ]
    assert set(diagonals) == {(centres[1], centres[2])}
    assert 'href="/lignes/sncf:K2"' in page


async def test_few_runs_are_a_table_with_what_real_time_changes(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await read(client, f"{portal}/lignes/tao:A")
    (table,) = re.findall(r'<table class="horaires">.*?</table>', page, re.S)
    rows = [text_of(row) for row in re.findall(r"<tr>.*?</tr>", table, re.S)]
    assert rows[0].startswith("Arrêt Voir la course de 08:50 vers Hôpital Voir la course de 09:20")
    assert "</span>08:50<span" in table, "the time is the visible part of the heading"
    assert "supprimée" in rows[0]
    assert "supplémentaire" in rows[0]
    assert rows[1] == "Gare d’Orléans 08:50 09:20 supprimé 10:20 b 11:20"
    assert rows[2] == "Coligny 08:58 09:28 supprimé 10:28 arrêt non desservi ne passe pas ·"
    assert table.count('scope="col"') == 5
    assert table.count('scope="row"') == 4
    notes = text_of(page[page.index("horaires-notes") :])
    assert "a Vers Parc. b Sur réservation auprès du réseau." in notes
    assert "/courses/tao:1?date=20260302&amp;ligne=tao:A" in table


async def test_many_runs_are_by_hour_at_the_chosen_stop(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await read(client, f"{portal}/lignes/tao:2?arret=tao:coligny")
    (table,) = re.findall(r'<table class="heures">.*?</table>', page, re.S)
    rows = [text_of(row) for row in re.findall(r"<tr>.*?</tr>", table, re.S)]
    assert "À l’arrêt Coligny, lundi 2 mars" in text_of(table)
    assert rows[1].startswith("06 h 00 04 08 12")
    assert len(rows) == 17
    requested = [each for each in lines.requests if "/routes/tao%3A2/timetable" in each]
    assert requested == ["/routes/tao%3A2/timetable?date=20260302&direction=0&stop=tao%3Acoligny"]
    assert section(page, "prochains").startswith("Prochains départs Arrêt")
    assert len(re.findall('class="prochain-lien"', page)) == 5


async def test_runs_by_headway_have_an_interval_and_no_times(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    content = frequent_table()
    for run in content["runs"]:
        run["headway"] = True
    lines.answers["/routes/tao:2/timetable"] = content
    page = await read(client, f"{portal}/lignes/tao:2")
    (table,) = re.findall(r'<table class="heures">.*?</table>', page, re.S)
    assert "07 h environ toutes les 4 min" in text_of(table)


async def test_a_day_without_runs_leads_to_the_next_one_and_a_bad_day_is_today(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    lines.answers["/routes/tao:A/timetable"] = timetable(next_date="20260304")
    page = await read(client, f"{portal}/lignes/tao:A?date=2026-03-03&sens=0")
    assert "Horaires du mardi 3 mars" in text_of(page)
    assert "Aucune course ce jour-là dans ce sens." in page
    assert "Prochaines courses : mercredi 4 mars" in page
    assert "date=2026-03-04#horaires-titre" in page
    assert "Aucun départ d’ici demain soir" in page
    page = await read(client, f"{portal}/lignes/tao:A?date=hier&sens=9&arret=x")
    assert "Ce jour n’a pas été compris" in page
    assert "Horaires du lundi 2 mars" in text_of(page)


async def test_current_runs_are_named_by_where_they_are(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    lines.answers["/routes/tao:A/runs"] = runs(
        current_run(vehicle=vehicle()),
        current_run("2", vehicle=vehicle(status="stopped_at")),
        current_run("3", vehicle=vehicle(stale=True, status="stopped_at")),
        current_run("4", next=progress("hopital", "09:04")),
        current_run("5", status="cancelled", next=None, previous=None),
        current_run("6", direction_id=1),
    )
    page = await read(client, f"{portal}/lignes/tao:A")
    listed = section(page, "en-ce-moment")
    assert "4 véhicules en route." in listed
    assert "Entre Coligny et Hôpital (voir cette course) retard 4 min attendu à 09:04" in listed
    assert "véhicule 7, peu de places assises vu il y a 10 s À l’arrêt Hôpital" in listed
    assert "Course de 08:50 (voir cette course) supprimé" in listed
    assert "Certaines positions sont estimées d’après l’horaire." in listed
    assert "/courses/tao:6" not in page, "it goes the other way"


async def test_parts_that_the_api_refuses_are_left_out(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.answers["/routes/tao:A"] = line(direction(None))
    page = await read(client, f"{portal}/lignes/tao:A")
    assert "On ne sait pas où sont les véhicules" in page
    assert "Les horaires de cette ligne ne sont pas disponibles" in page
    region.answers["/routes/tao:B"] = {**line(), "directions": []}
    assert "Aucune course de cette ligne n’est publiée" in await read(
        client, f"{portal}/lignes/tao:B"
    )
    async with client.get(f"{portal}/lignes/tao:zz") as answer:
        assert answer.status == 404


async def test_the_night_counts_to_the_day_before(
    lines: Region, portal: str, client: aiohttp.ClientSession, manual_clock: object
) -> None:
    manual_clock.advance(16 * 3600)  # type: ignore[attr-defined]  # 01:00 the next day
    night = table_call(0, "01:20")
    night["departure"] = night["arrival"] = at("01:20", "2026-03-03")
    lines.answers["/routes/tao:A/timetable"] = timetable(table_run("n", night))
    page = await read(client, f"{portal}/lignes/tao:A")
    assert "01:20" in section(page, "prochains")
    days = [each.partition("date=")[2][:8] for each in lines.requests if "timetable" in each]
    assert {"20260302", "20260303"} <= set(days)


async def test_the_stream_sends_the_list_of_the_page_again(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    path = "/routes/tao:A/runs/stream"
    lines.streamed[path] = lines.answers["/routes/tao:A/runs"]
    async with client.get(f"{portal}/lignes/tao:A/flux?sens=0") as answer:
        listener = Listener(answer)
        name, fragment = await listener.next()
        async with client.get(f"{portal}/lignes/tao:A") as answered:
            page = (await answered.text()).splitlines()
        assert name == "tableau"
        assert set(fragment.splitlines()) <= set(page)
        lines.change_stream(path, runs())
        assert "Aucun véhicule ne circule" in (await listener.next())[1]


async def test_the_timetable_of_the_day_before_is_a_link(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    lines.answers["/routes/tao:A/timetable"] = table_of_the_day()
    page = await read(client, f"{portal}/lignes/tao:A?date=2026-03-10")
    for day in ("2026-03-09", "2026-03-11"):
        assert (
            f'href="/lignes/tao:A?sens=0&amp;arret=tao:gare&amp;date={day}#horaires-titre"' in page
        )


async def test_a_line_has_a_map_a_star_and_notifications(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    lines.web_push = {"public_key": "key", "delay": 300}
    page = await read(client, portal + "/lignes/tao:A")
    assert 'data-source="/lignes/tao:A/trace.geojson"' in page
    assert 'data-vehicules="route=tao%3AA"' in page
    assert 'class="favori-etoile" data-adresse="/lignes/tao:A"' in page
    assert 'data-adresse="/mobilite/v1/routes/tao:A/subscriptions"' in page
    assert 'data-page="/lignes/tao:A"' in page
    assert page.count('data-nom="Ligne A, TAO') == 2, "named as a list of favourites needs it"
    assert page.index('class="prevenir-seul"') < page.index('id="prochains"')
    assert "gardée avec cette ligne" in page[page.index("Ce qui est gardé") :]


async def test_the_day_is_chosen_at_the_timetable_that_it_changes(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    page = await read(client, f"{portal}/lignes/tao:A?arret=tao:coligny&date=2026-03-10")
    first, second = re.findall(r'<form class="choix-arret".*?</form>', page, re.S)
    assert 'type="date"' not in first
    assert '<input type="hidden" name="date" value="2026-03-10">' in first
    assert 'action="/lignes/tao:A#horaires-titre"' in second
    assert '<input type="hidden" name="sens" value="0">' in second
    assert '<input type="hidden" name="arret" value="tao:coligny">' in second
    assert 'type="date" id="date" name="date" value="2026-03-10"' in second


async def test_the_map_of_a_line_draws_its_ways_and_its_stops_once(
    lines: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    shape = {"type": "LineString", "coordinates": [[1.9, 47.9], [1.91, 47.92]]}
    content = line(direction(shape=shape), direction(1, "Gare"))
    lines.answers["/routes/tao:A"] = content
    async with client.get(portal + "/lignes/tao:A/trace.geojson") as answer:
        assert answer.content_type == "application/geo+json"
        features = (await answer.json(content_type=None))["features"]
    ways = [each for each in features if each["geometry"]["type"] == "LineString"]
    assert [each["geometry"]["coordinates"] for each in ways] == [shape["coordinates"]]
    assert ways[0]["properties"] == {"kind": "ride", "color": "E2001A"}
    places = [each["properties"] for each in features if each["geometry"]["type"] == "Point"]
    assert [(each["name"], each["kind"]) for each in places] == [
        ("Gare d’Orléans", "change"),
        ("Coligny", "stop"),
        ("Parc", "stop"),
        ("Hôpital", "change"),
    ]
    assert places[0]["address"] == "/arrets/tao:gare"
