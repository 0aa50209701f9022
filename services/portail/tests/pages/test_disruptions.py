"""The list of disruptions: now, later, of one network, of one line."""

import re
from xml.etree import ElementTree

import aiohttp
from region_api import Region
from region_data import GARE, Json, alert, at, feed, place, route

from portail.api import words


async def read(client: aiohttp.ClientSession, address: str) -> str:
    async with client.get(address) as answer:
        assert answer.status == 200
        return (await answer.text()).replace("\N{NO-BREAK SPACE}", " ")


def headings(page: str) -> list[str]:
    return re.findall(r"<h5[^>]*>(.*?)</h5>", page)


async def test_now_later_and_by_network(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.feeds.append(feed("remi", "Cars Rémi"))
    region.alerts = [
        alert("1", "Travaux"),
        alert("2", "Grève", active=False),
        {**alert("3", "Neige"), "id": "remi:0:3", "feed": "remi"},
    ]
    assert headings(await read(client, f"{portal}/perturbations?quand=now")) == ["Travaux", "Neige"]
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
    assert '<p class="discret">déviation · Cause : travaux' in page
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
        alert("4", "Trams", informed=[{"route_type": 900}]),
        alert("3", "", description="Sans titre", language="en", description_language="en"),
    ]
    page = await read(client, f"{portal}/perturbations")
    assert "Tout le réseau" in page
    assert "javascript:" not in page
    assert "<dd>Trains</dd>" in page
    assert "<dd>Tramways</dd>" in page
    assert "On ne sait pas." in page
    assert re.search(r'<h5 [^>]*lang="en">Sans titre</h5>', page)


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
    # The first network is open, so that a reader sees what the page is made of.
    assert re.findall(r'<details class="pli reseau-touche"( open)?>', page) == [" open", ""]
    assert '</form>\n<p class="chercher-ligne"><a href="/lignes">Chercher ma ligne</a></p>' in page
    assert 'En ce moment <span class="discret">2 perturbations, 1 information</span></h2>' in page
    assert re.findall(r'</h3> <span class="discret">(.*?)</span>', page) == [
        "1 perturbation, 1 information",
        "1 perturbation",
    ]
    page = await read(client, f"{portal}/perturbations?reseau=remi")
    assert '<details class="pli reseau-touche" open>' in page
    # From the home page, the alert itself is open.
    home = await read(client, f"{portal}/")
    address = re.findall(r'href="(/perturbations\?[^"#]*)#', home)[0].replace("&amp;", "&")
    opened = await read(client, portal + address)
    assert re.search(r'<details class="pli perturbation [^>]* open>\s*<summary><h5>Travaux', opened)


async def test_none(portal: str, client: aiohttp.ClientSession) -> None:
    assert "Aucune perturbation annoncée." in await read(client, f"{portal}/perturbations")


async def test_by_moment_with_how_long_it_lasts(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    def period(start: str, end: str | None, day: str = "2026-03-02") -> Json:
        return {"start": at(start, day), "end": None if end is None else at(end, day)}

    region.alerts = [
        alert("1", "Accident", period=period("08:00", "18:00"), severity="severe"),
        alert("2", "Marché", active=False, period=period("14:00", "16:00")),
        alert("3", "Travaux", active=False, period=period("08:00", None, "2026-03-09")),
    ]
    page = await read(client, f"{portal}/perturbations")
    assert re.findall(r'<h2 id="moment-\w+">(.*?) <span', page) == [
        "En ce moment",
        "Plus tard aujourd’hui",
        "Bientôt",
    ]
    assert '<strong class="grave">Important</strong> · déviation' in page
    assert "· jusqu’à 18:00</p>" in page
    assert "· à partir de 14:00</p>" in page
    assert "· à partir du lundi 9 mars à 08:00</p>" in page
    assert headings(await read(client, f"{portal}/perturbations?quand=today")) == [
        "Accident",
        "Marché",
    ]


async def test_by_line_with_its_badge_and_what_to_do(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.lines = [route("A", type=0, color="E2001A"), route("3")]
    line = {"route": {"id": "tao:A", "name": "A"}}
    region.alerts = [
        alert("1", "Réseau"),
        alert("2", "Tram coupé", informed=[line], effect="no_service"),
        alert("3", "Tram encore", informed=[line], updated_at=at("08:56")),
        alert("4", "Ascenseur", informed=[line], effect="accessibility_issue"),
    ]
    page = await read(client, f"{portal}/perturbations")
    # What names a line stands before what names none.
    assert headings(page) == ["Tram coupé", "Tram encore", "Ascenseur", "Réseau"]
    assert page.count('<details class="pli lignes-touchees" open>') == 2
    assert 'fill="#E2001A"' in page
    assert 'tient compte de cette perturbation. <a href="/itineraires">' in page
    assert 'accessible en fauteuil. <a href="/itineraires?fauteuil=oui">' in page
    assert "<dd>TAO Orléans, il y a 4 min</dd>" in page
    chosen = await read(client, f"{portal}/perturbations?ligne=tao%3AA")
    assert '<option value="tao:A" selected>A</option>' in chosen


async def test_by_means_of_transport_and_place(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.lines = [route("A", type=0), route("3")]
    region.places = [place("commune:45234", "Orléans", type="commune", modes=[], board=None)]
    region.routes[GARE] = [route("A", type=0)]
    region.rental_systems = [{"feed": "tao", "name": "Vélo+", "state": "stale", "message": ""}]
    region.alerts = [
        alert("1", "Tram", informed=[{"route": {"id": "tao:A", "name": "A"}}]),
        alert("2", "Bus", informed=[{"route": {"id": "tao:3", "name": "3"}}]),
    ]
    assert headings(await read(client, f"{portal}/perturbations?mode=bus")) == ["Bus"]
    page = await read(client, f"{portal}/perturbations?lieu=orleans")
    assert headings(page) == ["Tram"]
    assert "Aux arrêts de Orléans et autour." in page
    assert "/stops?lat=47.908&lon=1.905&radius=3000&limit=100" in region.requests
    page = await read(client, f"{portal}/perturbations?mode=velo")
    assert (headings(page), "<strong>Vélo+</strong>" in page) == ([], True)
    page = await read(client, f"{portal}/perturbations?lieu=zzz")
    assert (headings(page), "Aucun lieu de ce nom" in page) == ([], True)
    region.places = []
    async with client.get(f"{portal}/perturbations?lieu=4+rue+des+Ormes") as answer:
        assert answer.headers["cache-control"] == "no-store", "it can be a home"
    async with client.get(f"{portal}/perturbations?mode=avion") as answer:
        assert answer.status == 400


async def test_a_line_without_a_script_is_followed_by_a_feed(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.lines = [route("A", type=0)]
    line = {"route": {"id": "tao:A", "name": "A"}}
    region.alerts = [
        alert(
            "1",
            "Travaux <rue>",
            informed=[line],
            description="Un.\nDeux & trois.",
            period={"start": at("08:00"), "end": None},
        ),
        alert("2", "Enquête", informed=[line], severity="info"),
    ]
    page = await read(client, f"{portal}/perturbations?ligne=tao%3AA")
    (address,) = set(re.findall(r'href="(/perturbations\.atom[^"]*)"', page))
    async with client.get(portal + address.replace("&amp;", "&")) as answer:
        assert answer.headers["content-type"].startswith("application/atom+xml")
        feed_of_line = ElementTree.fromstring(await answer.text())
    atom = "{http://www.w3.org/2005/Atom}"
    assert feed_of_line.findtext(f"{atom}title") == "Perturbations\N{NO-BREAK SPACE}: A"
    (entry,) = feed_of_line.findall(f"{atom}entry")
    assert entry.findtext(f"{atom}title") == "Travaux <rue>"
    assert entry.findtext(f"{atom}content") == "Un.\nDeux & trois."
    assert entry.findtext(f"{atom}id") == "urn:regionlab:alert:tao%3A0%3A1"
    assert entry.findtext(f"{atom}updated") == at("08:00")
    (link,) = entry.findall(f"{atom}link")
    assert f"#p-{words.short_hash('tao:0:1')}" in link.attrib["href"]
    # Not every character that an address can have is one of XML.
    async with client.get(f"{portal}/perturbations.atom?ligne=x%00%01%EF%BF%BF") as answer:
        unknown = ElementTree.fromstring(await answer.text())
    assert unknown.findtext(f"{atom}title") == "Perturbations\N{NO-BREAK SPACE}: x"


async def test_without_a_key_no_notifications_are_offered(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.lines = [route("A", type=0)]
    region.alerts = [alert("1", "Travaux", informed=[{"route": {"id": "tao:A", "name": "A"}}])]
    for path in ("/perturbations", f"/arrets/{GARE}"):
        assert 'class="prevenir"' not in await read(client, portal + path)
        assert "notifications.js" not in await read(client, portal + path)


async def test_notifications_of_a_line_and_a_stop(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.web_push = {"public_key": "BPublic", "delay": 300}
    region.lines = [route("A", type=0)]
    region.alerts = [alert("1", "Travaux", informed=[{"route": {"id": "tao:A", "name": "A"}}])]
    for path, addresses in (
        ("/perturbations", ["/mobilite/v1/routes/tao:A/subscriptions"]),
        ("/perturbations?ligne=tao:A", ["/mobilite/v1/routes/tao:A/subscriptions"]),
        (f"/arrets/{GARE}", [f"/mobilite/v1/stops/{GARE}/subscriptions"]),
    ):
        page = await read(client, portal + path)
        assert (
            re.findall(r'class="prevenir" data-adresse="([^"]*)"[^>]* hidden>', page) == addresses
        )
        assert page.count("notifications.js") == 1
        assert "gardée avec" in page or path.startswith("/perturbations")
