"""Narrative in Chromium, unfiltered: attacks do what the table names, sound ones nothing."""

from collections import Counter
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from narrative_attacks import ATTACKS, SOUND, Attack, div
from selectolax.lexbor import LexborHTMLParser

from esante.validation.domain.narrative import narrative_problem
from socle.testing import until

ORIGIN = "http://page.example"
LONGEST = 15.0  # only an upper bound, for a busy machine
PAGE = """<!doctype html><html lang="fr"><title>Dossier</title>
<style>body { margin: 0 } #page { display: block; width: 800px; height: 400px }
#narrative { width: 300px; height: 60px }</style>
<button id="page">Signer</button><div id="narrative"></div>
<script>window.hits = 0; window.hit = () => { window.hits += 1 }</script></html>"""
INSERT = """([text, as_xml]) => {
    const place = document.getElementById("narrative");
    if (as_xml) {
        const parsed = new DOMParser().parseFromString(text, "application/xhtml+xml");
        place.replaceChildren(document.importNode(parsed.documentElement, true));
    } else {
        place.innerHTML = text;
    }
    window.covered = [[5, 5], [400, 200], [790, 390]].some(
        ([x, y]) => place.contains(document.elementFromPoint(x, y)));
}"""
FOLLOW_LINKS = "() => document.querySelectorAll('#narrative a').forEach(each => each.click())"
# An image inserted later has failed and two frames are painted: events of before have come.
SETTLED = """() => new Promise(resolve => {
    const last = new Image();
    last.onerror = () => requestAnimationFrame(() => requestAnimationFrame(resolve));
    last.src = "data:image/png,";
})"""
# Elements and attributes in the order of the tree, in a document that runs nothing.
TREE = """text => {
    const place = document.implementation.createHTMLDocument().createElement("div");
    place.innerHTML = text;
    return [...place.querySelectorAll("*")].map(each =>
        [each.localName, Object.fromEntries([...each.attributes].map(a => [a.name, a.value]))]);
}"""
HAPPENED = {"script": "() => window.hits > 0", "cover": "() => window.covered"}


class Display:
    """A page of an application that displays narrative unfiltered, and what has happened there."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.loaded: set[str] = set()

    async def answer(self, route: Any) -> None:
        """Serve the page; note every other address of the network and fail it."""
        address = urlsplit(route.request.url)
        if route.request.url == ORIGIN + "/":
            await route.fulfill(body=PAGE, content_type="text/html")
            return
        self.loaded.add(address.netloc)
        await route.abort()

    async def insert(self, text: str, *, as_xml: bool = False) -> None:
        """Show a new page with a narrative, by `innerHTML` or as a tree parsed from XML."""
        await self.page.goto(ORIGIN + "/")
        self.loaded.clear()
        await self.page.evaluate(INSERT, [text, as_xml])

    async def has_effect(self, attack: Attack) -> bool:
        """Whether an attack has the effect that the table names."""
        await self.insert(attack.text)
        if attack.effect == "script":
            await self.page.evaluate(FOLLOW_LINKS)

        async def happened() -> bool:
            return attack.effect in await self.effects()

        with suppress(AssertionError):
            await until(happened, seconds=LONGEST)
            return True
        return False

    async def effects(self) -> list[str]:
        """What the narrative has done to the page until now."""
        await self.page.evaluate(SETTLED)
        done = [name for name, check in HAPPENED.items() if await self.page.evaluate(check)]
        return [*done, "load"] if self.loaded - {urlsplit(ORIGIN).netloc} else done


async def open_display(browser: Any) -> Display:
    page = await browser.new_page(viewport={"width": 800, "height": 700})
    display = Display(page)
    await page.route("**/*", display.answer)
    return display


async def test_attacks_work_unfiltered_and_none_comes_in(browser: Any) -> None:
    display = await open_display(browser)
    accepted: list[str] = []
    effects: Counter[str] = Counter()
    for attack in ATTACKS:
        if narrative_problem(attack.text) is None:
            await display.insert(attack.text)
            assert await display.effects() == [], attack.content
            accepted.append(attack.content)
        elif attack.effect is not None:
            assert await display.has_effect(attack), attack.content
            effects[attack.effect] += 1
    assert accepted == []
    assert min(effects[each] for each in ("script", "load", "cover")) >= 10


@pytest.mark.parametrize("as_xml", [False, True], ids=["as HTML", "as XML"])
async def test_sound_narrative_does_nothing(browser: Any, as_xml: bool) -> None:
    display = await open_display(browser)
    for content in SOUND:
        assert narrative_problem(div(content)) is None
        await display.insert(div(content), as_xml=as_xml)
        assert await display.effects() == [], content


async def test_the_html_reading_builds_the_tree_of_the_browser(browser: Any) -> None:
    page = await browser.new_page()
    for text in [*(each.text for each in ATTACKS), *map(div, SOUND)]:
        tree = LexborHTMLParser(text, is_fragment=True).root
        assert tree is not None
        elements = [each for each in tree.traverse() if each.tag and each.tag[0] != "-"]
        built = [
            [each.tag, {name: value or "" for name, value in each.attributes.items()}]
            for each in elements
        ]
        assert await page.evaluate(TREE, text) == built, text
