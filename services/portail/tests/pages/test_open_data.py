"""`/donnees`: whom to credit, and what became of each operator's schedule."""

import aiohttp
from region_api import Region
from region_data import feed, finding, schedule


async def read(client: aiohttp.ClientSession, address: str, language: str = "fr") -> str:
    async with client.get(address, headers={"accept-language": language}) as answer:
        assert answer.status == 200
        return await answer.text()


def furnish(region: Region) -> None:
    """A schedule with remarks, one without, one that was refused, none."""
    tao, azalys = feed("tao", "TAO Orléans"), feed("azalys", "Azalys Blois")
    remi, filbleu = feed("remi", "Rémi"), feed("filbleu", "Fil Bleu")
    tao["schedule"] = schedule(
        finding("stop_times.txt", "Horaires à des arrêts inconnus, écartés.", 12, "<a>", "b"),
        finding("fares.xml", "Fichier qui n'est pas lu.", 1),
    )
    azalys["schedule"] = schedule()
    problem = "Ce fichier n'est pas une archive."
    remi["schedule"] = schedule(outcome="refused", problem=problem)
    region.feeds = [tao, azalys, remi, filbleu]


async def test_an_operator_reads_what_was_left_out(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    page = await read(client, portal + "/donnees")
    assert "2 remarques" in page
    assert "<dt><code>stop_times.txt</code></dt>" in page
    assert "Horaires à des arrêts inconnus, écartés." in page
    assert "12 fois, par exemple <code>&lt;a&gt;</code>, <code>b</code>" in page
    assert "Fichier qui n’est pas lu." in page
    assert "1 fois" in page
    assert "Horaires valables du 01/03/2026 au 30/06/2026." in page
    assert page.count("Tout le fichier est lu, sans remarque.") == 2


async def test_a_refused_file_and_a_missing_one_are_reported(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    page = await read(client, portal + "/donnees")
    assert "Le fichier reçu le 02/03/2026 à\N{NO-BREAK SPACE}04:00 a été refusé." in page
    assert "Ce fichier n’est pas une archive." in page
    assert page.count("Aucun fichier d’horaires n’a encore été importé.") == 1


async def test_remarks_are_marked_as_french_in_english(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish(region)
    page = await read(client, portal + "/donnees", "en")
    assert "2 remarks" in page
    assert "Timetable valid from 1 March 2026 to 30 June 2026." in page
    assert '<span lang="fr">Horaires à des arrêts inconnus, écartés.</span>' in page
