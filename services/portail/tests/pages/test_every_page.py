"""What holds for every page: errors are pages, policies are strict, weights are small."""

import gzip
import re
from collections.abc import Mapping

import aiohttp
import pytest
from line_data import furnish_lines
from region_api import Region, StartPortal
from region_data import GARE, alert, board, departure

from socle.http import Receive, Scope, Send
from socle.testing import ServeApp

MOST_BYTES = 100_000
MODULE_BYTES = 6_000
PATHS = [
    *("/", "/?q=gare", "/arrets/tao:gare", "/perturbations", "/carte", "/itineraires"),
    *("/lignes", "/lignes/tao:A", "/lignes/tao:2", "/courses/tao:1"),
    *("/indicateurs", "/accessibilite", "/hors-ligne"),
]


async def read(
    client: aiohttp.ClientSession, address: str, status: int
) -> tuple[str, aiohttp.ClientResponse]:
    async with client.get(address) as answer:
        assert answer.status == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return await answer.text(), answer


async def test_an_error_is_a_page_with_its_status_and_a_way_on(
    portal: str, client: aiohttp.ClientSession
) -> None:
    for path, status, sentence in (
        ("/arrets/tao:nulle-part", 404, "Aucun arrêt, aucune ligne et aucun réseau"),
        ("/nulle-part", 404, "Cette page n’existe pas"),
        ("/perturbations?quand=hier", 400, "Cette demande n’a pas été comprise"),
        ("/static/../settings.py", 404, "Cette page n’existe pas"),
        ("/static/x.css", 404, "Cette page n’existe pas"),
    ):
        page, answer = await read(client, portal + path, status)
        assert sentence in page, path
        assert "tao:nulle-part" not in page  # what the API says to programmers
        assert '<form class="recherche"' in page
        assert answer.headers["cache-control"] == "no-store"


async def test_a_page_that_the_reader_has_is_not_sent_again(
    portal: str, client: aiohttp.ClientSession
) -> None:
    _, answer = await read(client, portal + "/accessibilite", 200)
    known = {"if-none-match": answer.headers["etag"]}
    async with client.get(portal + "/accessibilite", headers=known) as again:
        assert (again.status, await again.read()) == (304, b"")
        assert again.headers["cache-control"] == answer.headers["cache-control"]
    # In the other language it is another page.
    async with client.get(
        portal + "/accessibilite", headers=known | {"accept-language": "en"}
    ) as english:
        assert english.status == 200


async def test_unknown_parameters_change_nothing(
    portal: str, client: aiohttp.ClientSession
) -> None:
    await read(client, f"{portal}/arrets/tao:gare?limit=-1&cursor=%00", 200)


async def test_a_method_that_is_not_offered_is_a_page_too(
    portal: str, client: aiohttp.ClientSession
) -> None:
    async with client.post(portal + "/") as answer:
        assert answer.status == 405
        assert "Cette demande" in await answer.text()


async def test_an_unavailable_api_gives_503_with_retry_after(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.away = True
    for path in ("/?q=gare", "/arrets/tao:gare", "/perturbations"):
        page, answer = await read(client, portal + path, 503)
        assert "Service momentanément indisponible" in page
        assert ">Réessayer</a>" in page
        assert int(answer.headers["retry-after"]) > 0


async def test_the_large_display_reloads_by_itself_while_the_api_is_away(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.away = True
    page, _ = await read(client, f"{portal}/arrets/tao:gare?affichage=borne", 503)
    assert '<meta http-equiv="refresh" content="30">' in page
    page, _ = await read(client, f"{portal}/arrets/tao:gare", 503)
    assert "http-equiv" not in page


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"stop": 1}', b"\xff\xfe"])
async def test_an_api_that_answers_nonsense_is_away(
    start_portal: StartPortal, serve_app: ServeApp, client: aiohttp.ClientSession, body: bytes
) -> None:
    async def nonsense(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    portal = await start_portal(await serve_app(nonsense))
    await read(client, f"{portal}/arrets/tao:gare", 503)


async def test_no_server_at_the_api_s_address(
    start_portal: StartPortal, client: aiohttp.ClientSession
) -> None:
    portal = await start_portal("http://127.0.0.1:9")
    await read(client, f"{portal}/arrets/tao:gare", 503)
    await read(client, f"{portal}/", 200)


async def test_nothing_inline_nothing_from_outside_no_cookie(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    furnish_lines(region)
    for path in (*PATHS, "/arrets/tao:gare?affichage=borne", "/nulle-part"):
        async with client.get(portal + path) as answer:
            _is_strict(await answer.text(), answer.headers)


def _is_strict(page: str, headers: Mapping[str, str]) -> None:
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers
    assert not re.search(r"<(style|script(?! type=\"module\" src=\"/static/))", page)
    assert not re.search(r"\s(style|on\w+)=", page)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//(?!formulaire\.defenseur)', page)
    assert '<html lang="fr"' in page
    assert len(re.findall(r"<h1[ >]", page)) == 1
    assert re.search(r"<title>.+ – Région Lab</title>", page)


@pytest.mark.parametrize(
    "address",
    [
        "/?q=gare&suite=",
        "/itineraires?de=gare&vers=parc&suite=",
        "/arrets/tao:gare?apres=",
    ],
)
async def test_a_cursor_has_a_longest_length(
    region: Region, portal: str, client: aiohttp.ClientSession, address: str
) -> None:
    for length, refused in ((1000, False), (1001, True)):
        async with client.get(portal + address + "x" * length) as answer:
            assert (answer.status == 400) == refused
    assert not any("x" * 1001 in request for request in region.requests)


async def test_every_page_weighs_less_than_100_kb_with_all_it_needs(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    name = "Une direction au nom plutôt long – Gare routière"
    rows = [departure(str(n), f"09:{n:02}", "predicted", headsign=name) for n in range(20)]
    region.alerts = [alert(str(n), name, description=name * 8) for n in range(50)]
    region.boards[GARE] = board(*rows, alerts=region.alerts[:5])
    furnish_lines(region)
    for path in PATHS:
        page, _ = await read(client, portal + path, 200)
        weight = len(page.encode())
        for file in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page)):
            async with client.get(portal + file) as answer:
                assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
                content = await answer.read()
            assert ".js" not in file or len(content) < MODULE_BYTES
            weight += len(content)
        assert weight < MOST_BYTES, path
        assert len(gzip.compress(page.encode())) < 15_000, path


async def test_a_file_of_another_release_is_not_cached_for_ever(
    portal: str, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{portal}/static/portail.css?v=0") as answer:
        assert answer.headers["cache-control"] == "public, max-age=60"


async def test_robots_txt_excludes_what_is_no_page(
    portal: str, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{portal}/robots.txt") as answer:
        assert answer.status == 200
        text = await answer.text()
    assert "Disallow: /*/flux" in text
    assert "Disallow: /itineraires/" in text, "they contain both ends, perhaps somebody's home"


async def test_the_statement_gives_a_contact(portal: str, client: aiohttp.ClientSession) -> None:
    page, _ = await read(client, f"{portal}/accessibilite", 200)
    assert "Non conforme" in page
    assert "acces@exemple.fr" in page


async def test_a_demonstration_is_stated_where_its_publisher_would_be(
    region: Region, start_portal: StartPortal, client: aiohttp.ClientSession
) -> None:
    made_up = "Les personnes, leurs comptes et leurs données de santé sont inventés."
    unnamed = "n’a pas encore indiqué son nom"
    demonstration = await start_portal(region.address, contact="", demonstration=True)
    for path in ("/mentions-legales", "/vie-privee"):
        page, _ = await read(client, demonstration + path, 200)
        assert made_up in page
        assert unnamed not in page
    production = await start_portal(region.address, contact="")
    page, _ = await read(client, f"{production}/mentions-legales", 200)
    assert unnamed in page
    assert made_up not in page


async def test_the_api_receives_the_trace_of_the_page(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    async with client.get(f"{portal}/arrets/tao:gare", headers={"traceparent": trace}) as answer:
        assert answer.status == 200
    assert region.headers[-1][b"traceparent"].startswith(b"00-" + b"a" * 32)
