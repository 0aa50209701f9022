"""`/donnees` and `/donnees/{feed}`: whom to credit, and the age and quality of a dataset."""

import aiohttp
import pytest
from region_api import Region
from region_data import Json, at, feed, finding, schedule, source


async def read(client: aiohttp.ClientSession, address: str, language: str = "fr") -> str:
    async with client.get(address, headers={"accept-language": language}) as answer:
        assert answer.status == 200
        return await answer.text()


def tao(*sources: Json, **members: Json) -> Json:
    """A network under a licence that is known."""
    content = feed("tao", "TAO Orléans", *sources)
    content["licence"], content["attribution"] = "ODbL-1.0", "Orléans Métropole"
    content["licence_url"] = "https://opendatacommons.org/licenses/odbl/1-0/"
    return {**content, **members}


async def test_every_network_has_a_page_that_states_its_licence(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.feeds = [tao(schedule=schedule()), feed("remi", "Rémi")]
    page = await read(client, portal + "/donnees")
    assert '<a href="/donnees/tao">TAO Orléans</a>' in page
    assert "ODbL 1.0 (Open Database License)" in page
    assert "Licence non précisée" in page
    assert 'href="/auth/cles">Demandez une clé</a>' in page
    page = await read(client, portal + "/donnees/tao")
    known = "https://opendatacommons.org/licenses/odbl/1-0/"
    assert f'<a href="{known}">ODbL 1.0 (Open Database License)</a>' in page
    assert "Orléans Métropole" in page
    assert "/mobilite/v1/vehicles?feed=tao" in page


async def test_an_unknown_network_is_not_found(portal: str, client: aiohttp.ClientSession) -> None:
    async with client.get(portal + "/donnees/inconnu") as answer:
        assert answer.status == 404


async def test_the_list_without_networks(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.away = True
    page = await read(client, portal + "/donnees")
    assert "La liste des réseaux ne peut pas être affichée pour le moment." in page
    assert "gtfs.zip" in page


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        ("20260301", "Ces horaires ne sont plus valables"),
        ("20260302", "Ces horaires finissent aujourd’hui"),
        ("20260305", "Ces horaires finissent dans 3 jours"),
        ("20260630", None),
    ],
)
async def test_a_timetable_that_ends_soon_is_marked(
    region: Region, portal: str, client: aiohttp.ClientSession, last: str, sentence: str | None
) -> None:
    region.feeds = [tao(schedule={**schedule(), "valid_to": last, "packed_at": at("04:00")})]
    page = await read(client, portal + "/donnees/tao")
    assert "Importés le 02/03/2026 à" in page
    assert sentence in page if sentence else "Ces horaires" not in page


async def test_what_a_timetable_contains(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    counts = {"routes": 33, "stop_times": 144186, "shapes": 70}
    region.feeds = [tao(schedule={**schedule(), "counts": counts, "version": "hiver 2"})]
    page = await read(client, portal + "/donnees/tao")
    assert "<dt>Lignes</dt><dd>33</dd>" in page
    assert "<dt>Passages</dt><dd>144\N{NO-BREAK SPACE}186</dd>" in page
    assert "hiver 2" in page


async def test_each_real_time_address_with_its_age_and_doubts(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    live = source("live", at("08:59:20"), trip_updates=40, vehicle_positions=1)
    live |= {"matched": 37, "added": 1, "unmatched": 2}
    silent = source("failing", at("08:10")) | {"carries": ["alerts"]}
    silent["last_error"] = {
        "code": "http",
        "message": "Le serveur répond 503.",
        "since": at("08:15"),
    }
    region.feeds = [tao(live, silent, source("none"))]
    page = await read(client, portal + "/donnees/tao")
    assert "Retards et suppressions, position des véhicules" in page
    assert "À jour, reçu il y a 40\N{NO-BREAK SPACE}s" in page
    assert "40 courses · 1 véhicule · 95\N{NO-BREAK SPACE}% des courses" in page
    assert "Rien de nouveau depuis le lundi 2 mars à 08:10" in page
    assert "Le serveur répond 503." in page
    assert "Rien n’a encore été reçu" in page


def furnish(region: Region) -> None:
    """A schedule with remarks, one without, one that was refused, none."""
    orleans, azalys = feed("tao", "TAO Orléans"), feed("azalys", "Azalys Blois")
    remi, filbleu = feed("remi", "Rémi"), feed("filbleu", "Fil Bleu")
    orleans["schedule"] = schedule(
        finding("stop_times.txt", "Horaires à des arrêts inconnus, écartés.", 12, "<a>", "b"),
        finding("fares.xml", "Fichier qui n'est pas lu.", 1),
    )
    azalys["schedule"] = schedule()
    problem = "Ce fichier n'est pas une archive."
    remi["schedule"] = schedule(outcome="refused", problem=problem)
    region.feeds = [orleans, azalys, remi, filbleu]


async def test_an_operator_reads_what_was_left_out(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    page = await read(client, portal + "/donnees/tao")
    assert "2 remarques" in page
    assert "<dt><code>stop_times.txt</code></dt>" in page
    assert "Horaires à des arrêts inconnus, écartés." in page
    assert "12 fois, par exemple <code>&lt;a&gt;</code>, <code>b</code>" in page
    assert "Fichier qui n’est pas lu." in page
    assert "1 fois" in page
    assert "Horaires valables du 01/03/2026 au 30/06/2026." in page
    page = await read(client, portal + "/donnees/azalys")
    assert "Tout le fichier est lu, sans remarque." in page


async def test_a_refused_file_and_a_missing_one_are_reported(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    page = await read(client, portal + "/donnees/remi")
    assert "Le fichier reçu le 02/03/2026 à\N{NO-BREAK SPACE}04:00 a été refusé." in page
    assert "Ce fichier n’est pas une archive." in page
    page = await read(client, portal + "/donnees/filbleu")
    assert "Aucun fichier d’horaires n’a encore été importé." in page


async def test_remarks_are_marked_as_french_in_english(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    page = await read(client, portal + "/donnees/tao", "en")
    assert "2 remarks" in page
    assert "Timetable valid from 1 March 2026 to 30 June 2026." in page
    assert '<span lang="fr">Horaires à des arrêts inconnus, écartés.</span>' in page
