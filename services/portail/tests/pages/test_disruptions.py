"""The list of disruptions: now, later, of one network, of one line."""

import re

import aiohttp
from region_api import Region
from region_data import alert, at, feed


async def read(client: aiohttp.ClientSession, address: str) -> str:
    async with client.get(address) as answer:
        assert answer.status == 200
        return (await answer.text()).replace("\N{NO-BREAK SPACE}", " ")


def headings(page: str) -> list[str]:
    return re.findall(r"<h4[^>]*>(.*?)</h4>", page)


async def test_now_later_and_by_network(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.feeds.append(feed("remi", "Cars Rémi"))
    region.alerts = [
        alert("1", "Travaux"),
        alert("2", "Grève", active=False),
        {**alert("3", "Neige"), "id": "remi:0:3", "feed": "remi"},
    ]
    assert headings(await read(client, f"{portal}/perturbations")) == ["Travaux", "Neige"]
    assert headings(await read(client, f"{portal}/perturbations?quand=upcoming")) == ["Grève"]
    page = await read(client, f"{portal}/perturbations?quand=all&reseau=remi")
    assert headings(page) == ["Neige"]
    assert '<option value="remi" selected>Cars Rémi</option>' in page
    assert "1 perturbation<" in page


async def test_what_it_touches_is_linked_and_its_periods_are_words(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.alerts = [
        alert(
            "1",
            "Travaux",
            description="Première ligne.\nDeuxième ligne.",
            active_periods=[{"start": at("07:00"), "end": None}],
            informed=[
                {"route": {"id": "tao:A", "name": "A"}, "stop": None},
                {"route": None, "stop": {"id": "tao:q/1", "name": "Quai"}},
                {"stop": {"id": "tao:sans-nom", "name": None}},
            ],
            url="https://exemple.fr/x",
        )
    ]
    page = await read(client, f"{portal}/perturbations")
    assert 'href="/perturbations?ligne=tao%3AA"' in page
    assert '<a href="/arrets/tao:q%2F1">Quai</a>' in page
    assert ">sans-nom</a>" in page
    assert "à partir du lundi 2 mars à 07:00" in page
    assert '<p class="texte">Deuxième ligne.</p>' in page
    assert 'href="https://exemple.fr/x" rel="noreferrer external"' in page
    assert '<span class="masque"> auprès de TAO Orléans : Travaux</span>' in page
    assert '<p class="discret">déviation · Cause : travaux</p>' in page
    english = {"accept-language": "en"}
    async with client.get(f"{portal}/perturbations", headers=english) as answer:
        page = await answer.text()
    assert '<span class="masque"> from TAO Orléans: Travaux</span>' in page
    assert 'Cause: <span lang="fr">travaux</span></p>' in page
    assert headings(await read(client, f"{portal}/perturbations?ligne=tao%3AA")) == ["Travaux"]


async def test_codes_are_in_the_language_of_the_page_and_other_texts_are_marked(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    english = {"effect_text": "Reduced service", "effect_language": "en", "note_language": "en"}
    region.alerts = [
        alert("1", "Travaux", cause_language="fr", ambiguous=True, note="Unknown.", **english)
    ]
    for path in ("/", "/perturbations"):
        async with client.get(portal + path, headers={"accept-language": "en"}) as answer:
            page = await answer.text()
        assert "Reduced service" in page
        assert "Reduced service</span>" not in page.replace("</span></li>", "")
        assert re.search(r'lang="fr"[^>]*>Travaux</', page)
    assert '<p class="avis">Unknown.</p>' in page
    assert 'Cause: <span lang="fr">travaux</span>' in page
    assert all("lang=en" in each for each in region.requests if each.startswith("/alerts"))
    assert '<span lang="en">Reduced service</span>' in await read(client, f"{portal}/perturbations")
    assert any("lang=fr" in each for each in region.requests)


async def test_a_picture_is_a_link_with_its_alternative_text_and_is_never_loaded(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    picture = {
        "url": "https://exemple.fr/plan.png",
        "media_type": "image/png",
        "language": "fr",
        "alternative_text": "Plan : <rue> barrée",
        "alternative_text_language": "fr",
    }
    region.alerts = [
        alert("1", "Travaux", image=picture),
        alert("2", "Grève", image={**picture, "url": "javascript:alert(1)"}),
    ]
    page = await read(client, f"{portal}/perturbations")
    link = '<a href="https://exemple.fr/plan.png" hreflang="fr" rel="noreferrer external">'
    assert f"{link}Voir l’image<span" in page
    assert "Ce que montre l’image : Plan : &lt;rue&gt; barrée" in page
    assert "plan.png" not in page.replace(link, "")
    assert "javascript:" not in page
    headers = {"accept-language": "en"}
    async with client.get(f"{portal}/perturbations", headers=headers) as answer:
        english = await answer.text()
    assert "See the picture" in english
    assert 'What the picture shows: <span lang="fr">Plan' in english


async def test_uncertainty_entire_networks_and_odd_addresses(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.alerts = [
        alert("1", "Tout", url="javascript:alert(1)"),
        alert("2", "Trains", informed=[{"route_type": 2}], ambiguous=True, note="On ne sait pas."),
        alert("3", "", description="Sans titre", language="en", description_language="en"),
    ]
    page = await read(client, f"{portal}/perturbations")
    assert "Tout le réseau" in page
    assert "javascript:" not in page
    assert "<dd>Trains</dd>" in page
    assert "On ne sait pas." in page
    assert re.search(r'<h4 [^>]*lang="en">Sans titre</h4>', page)


async def test_the_anchor_of_an_alert_is_the_one_the_other_pages_name(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.alerts = [alert("é/#1", "Travaux")]
    (anchor,) = re.findall(
        r'href="/perturbations\?[^"]*#([^"]+)"', await read(client, f"{portal}/")
    )
    assert f'id="{anchor}"' in await read(client, f"{portal}/perturbations")


async def test_networks_are_folded_until_one_is_chosen(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.feeds.append(feed("remi", "Cars Rémi"))
    region.alerts = [
        alert("1", "Travaux"),
        alert("2", "Nouveaux horaires", severity="info"),
        {**alert("3", "Neige"), "id": "remi:0:3", "feed": "remi"},
    ]
    page = await read(client, f"{portal}/perturbations")
    assert " open>" not in page
    assert "<h2>2 perturbations, 1 information</h2>" in page
    assert re.findall(r'</h3> <span class="discret">(.*?)</span>', page) == [
        "1 perturbation, 1 information",
        "1 perturbation",
    ]
    assert page.count(" open>") == 0
    page = await read(client, f"{portal}/perturbations?reseau=remi")
    assert '<details class="pli reseau-touche" open>' in page
    # From the home page, the alert itself is open.
    home = await read(client, f"{portal}/")
    address = re.findall(r'href="(/perturbations\?[^"#]*)#', home)[0].replace("&amp;", "&")
    opened = await read(client, portal + address)
    assert re.search(r'<details class="pli perturbation [^>]* open>\s*<summary><h4>Travaux', opened)


async def test_none(portal: str, client: aiohttp.ClientSession) -> None:
    assert "Aucune perturbation annoncée." in await read(client, f"{portal}/perturbations")
