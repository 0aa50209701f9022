"""« Me prévenir » of a line or a stop in a browser, and the list of its subscriptions."""

import json
import re
from typing import Any

import pytest
import pytest_asyncio
from region_api import Region
from region_data import GARE, alert, route

from socle.testing import until

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")
expect = playwright_api.expect

LINE = "/mobilite/v1/routes/tao:A/subscriptions"
STOP = f"/mobilite/v1/stops/{GARE}/subscriptions"
TARGET = {"endpoint": "https://push.example.org/1", "keys": {"p256dh": "B", "auth": "A"}}
SUBSCRIBE = (
    f"PushManager.prototype.subscribe = async () => ({{ toJSON: () => ({json.dumps(TARGET)}) }});"
)
LATER = "2099-01-01T00:00:00+00:00"
STORED = "JSON.parse(localStorage.getItem('notifications'))"


@pytest_asyncio.fixture
async def page(region: Region, portal: str, notifying_browser: Any) -> Any:
    """The disruptions, in a browser that lets them notify; `requests` has those of
    subscriptions."""
    region.web_push = {"public_key": "BPublic", "delay": 300}
    region.lines = [route("A", type=0)]
    line = [{"route": {"id": "tao:A", "name": "A"}}]
    region.alerts = [alert("1", "Travaux", informed=line), alert("2", "Grève", informed=line)]
    context = await notifying_browser.new_context(
        locale="fr-FR", viewport={"width": 360, "height": 800}
    )
    await context.grant_permissions(["notifications"], origin=portal)
    await context.add_init_script(SUBSCRIBE)
    page = await context.new_page()
    page.requests, page.status = [], 201

    async def answer(route: Any) -> None:
        request = route.request
        body = request.post_data_json if request.method == "POST" else None
        page.requests.append((request.method, request.url.split("?")[0].split(portal)[1], body))
        await route.fulfill(status=page.status, json={"id": "secret", "until": LATER})

    await context.route("**/mobilite/v1/**", answer)
    await page.goto(f"{portal}/perturbations")
    return page


async def test_a_line_and_a_stop_are_listed_until_they_are_deleted(page: Any, portal: str) -> None:
    button = page.get_by_role("button", name="Me prévenir · Ligne A")
    await button.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="C’est noté")).to_be_visible()
    await expect(page.get_by_role("button", name="Ne plus me prévenir · Ligne A")).to_be_focused()
    await page.goto(f"{portal}/arrets/{GARE}")
    button = page.get_by_role("button", name="Me prévenir")
    description = re.compile("une perturbation de l’arrêt")
    await expect(button).to_have_accessible_description(description)
    await button.click()
    await expect(page.get_by_role("button", name="Ne plus me prévenir")).to_be_visible()
    await page.get_by_role("link", name="Choisir les jours et les heures").click()
    items = page.locator("#mes-abonnements li")
    await expect(items).to_have_count(2)
    await expect(items.get_by_role("link")).to_have_text(["Ligne A", "Gare d’Orléans"])
    await items.get_by_role("button", name="Supprimer : Ligne A").press("Space")
    await expect(items).to_have_count(1)
    await expect(page.locator("#mes-abonnements summary")).to_be_focused()
    await expect(page.get_by_role("button", name="Me prévenir · Ligne A")).to_be_visible()
    assert page.requests == [
        ("POST", LINE, TARGET),
        ("POST", STOP, TARGET),
        ("DELETE", f"{LINE}/secret", None),
    ]


async def test_the_days_and_hours_apply_to_all_and_last(page: Any) -> None:
    await page.get_by_role("button", name="Me prévenir · Ligne A").click()
    await page.get_by_text("Mes abonnements").click()
    for day in ("samedi", "dimanche"):
        await page.get_by_label(day).uncheck()
    await page.get_by_label("De", exact=True).fill("07:30")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("#mes-abonnements [role=status]")).to_have_text("C’est enregistré.")
    times = {"days": [1, 2, 3, 4, 5], "start": "07:30", "end": "22:00"}
    assert page.requests[1:] == [("POST", LINE, {**TARGET, **times})]
    await page.reload()
    await page.get_by_text("Mes abonnements").click()
    await expect(page.get_by_label("samedi")).not_to_be_checked()


async def test_a_page_renews_what_grows_old_and_forgets_what_is_gone(page: Any) -> None:
    soon = "new Date(Date.now() + 80 * 86_400_000).toISOString()"
    for status, stored in ((201, True), (404, False)):
        page.status = status
        page.requests.clear()
        await page.evaluate(
            f"localStorage.setItem('notifications', JSON.stringify({{'{LINE}': {{id: 'old', "
            f"until: {soon}, name: 'Ligne A', page: '/'}}}}))"
        )
        await page.reload()
        await until(lambda: page.requests == [("POST", LINE, TARGET)])

        async def renewed(stored: bool = stored) -> bool:
            known = (await page.evaluate(STORED)).get(LINE)
            return bool(known["id"] == "secret" if stored and known else stored is bool(known))

        await until(renewed)
