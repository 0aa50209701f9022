"""« Me prévenir » in a browser: by keyboard, refused, and a message that arrives.

Chromium without a network has no push service: its subscription is the test's, and its messages are
delivered by the DevTools protocol. The rest is the browser's own.
"""

import asyncio
import json
import re
from typing import Any

import pytest
import pytest_asyncio
from region_api import Region
from region_data import followed, journey, tram

from socle.testing import until

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")
expect = playwright_api.expect

TRAM = tram()
TARGET = {"endpoint": "https://push.example.org/1", "keys": {"p256dh": "B", "auth": "A"}}
SUBSCRIBE = (
    f"PushManager.prototype.subscribe = async () => ({{ toJSON: () => ({json.dumps(TARGET)}) }});"
)
UNTIL = "2099-01-01T00:00:00+00:00"


class Subscriptions:
    """The API of subscriptions, in the browser's requests."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.status = 201

    async def __call__(self, route: Any) -> None:
        request = route.request
        body = request.post_data_json if request.method == "POST" else None
        path = request.url.split("/mobilite/v1/")[1]
        self.requests.append((request.method, path, body))
        answer = {"id": "secret", "until": UNTIL}
        await route.fulfill(status=self.status, json=answer)


@pytest_asyncio.fixture
async def page(region: Region, portal: str, notifying_browser: Any) -> Any:
    """The page of a followed journey, whose browser lets it notify."""
    region.web_push = {"public_key": "BPublic", "delay": 300}
    region.followed["j"] = followed(journey(TRAM))
    context = await notifying_browser.new_context(locale="fr-FR")
    await context.grant_permissions(["notifications"], origin=portal)
    await context.add_init_script(SUBSCRIBE)
    page = await context.new_page()
    page.subscriptions = Subscriptions()
    await page.route("**/mobilite/v1/**", page.subscriptions)
    await page.goto(f"{portal}/itineraires/j")
    return page


async def test_by_keyboard_until_it_is_stopped(page: Any) -> None:
    button, state = page.locator("#prevenir-bouton"), page.locator("#prevenir-etat")
    await expect(button).to_have_text("Me prévenir")
    await expect(button).to_have_accessible_description(re.compile("^Une notification si"))
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(state).to_contain_text("C’est noté : une notification viendra")
    await expect(button).to_have_text("Ne plus me prévenir")
    await expect(button).to_be_focused()
    await page.reload()
    await expect(button).to_have_text("Ne plus me prévenir")
    await button.press("Space")
    await expect(button).to_have_text("Me prévenir")
    await expect(state).to_contain_text("Les notifications de ce trajet sont arrêtées")
    assert page.subscriptions.requests == [
        ("POST", "journeys/j/subscriptions?lang=fr", TARGET),
        ("DELETE", "journeys/j/subscriptions/secret?lang=fr", None),
    ]


async def test_a_platform_that_fails_is_reported_and_can_be_tried_again(page: Any) -> None:
    page.subscriptions.status = 503
    await page.locator("#prevenir-bouton").click()
    await expect(page.locator("#prevenir-etat")).to_contain_text("Cela n’a pas marché")
    await expect(page.locator("#prevenir-bouton")).to_have_text("Me prévenir")
    page.subscriptions.status = 400
    await page.locator("#prevenir-bouton").click()
    await expect(page.locator("#prevenir-etat")).to_contain_text("dans plus de sept jours")
    page.subscriptions.status = 201
    await page.locator("#prevenir-bouton").click()
    await expect(page.locator("#prevenir-etat")).to_contain_text("C’est noté")


async def test_a_push_service_out_of_reach_is_reported_in_the_end(page: Any) -> None:
    await page.clock.install()
    await page.add_init_script("PushManager.prototype.subscribe = () => new Promise(() => {});")
    await page.reload()
    button, state = page.locator("#prevenir-bouton"), page.locator("#prevenir-etat")
    await button.click()
    await expect(state).to_have_text("Un instant…")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.clock.fast_forward(21_000)
    await expect(state).to_contain_text("Cela n’a pas marché")
    await expect(button).to_have_text("Me prévenir")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(429, "déjà vingt abonnements"), (410, "Ce trajet est terminé"), (500, "pas marché")],
)
async def test_the_reason_of_a_refusal_is_written(page: Any, status: int, sentence: str) -> None:
    page.subscriptions.status = status
    await page.locator("#prevenir-bouton").click()
    await expect(page.locator("#prevenir-etat")).to_contain_text(sentence)


async def test_who_takes_the_permission_back_is_no_longer_notified(page: Any) -> None:
    button, state = page.locator("#prevenir-bouton"), page.locator("#prevenir-etat")
    await button.click()
    await expect(button).to_have_text("Ne plus me prévenir")
    await page.context.clear_permissions()
    await page.reload()
    await expect(button).to_have_text("Me prévenir")
    await expect(state).to_have_text("")
    await until(lambda: [each[0] for each in page.subscriptions.requests] == ["POST", "DELETE"])


async def test_a_refused_permission_is_explained(
    region: Region, portal: str, notifying_browser: Any
) -> None:
    region.web_push = {"public_key": "BPublic", "delay": 300}
    region.followed["j"] = followed(journey(TRAM))
    context = await notifying_browser.new_context(locale="en-GB")
    await context.add_init_script('Notification.requestPermission = async () => "denied";')
    page = await context.new_page()
    await page.goto(f"{portal}/itineraires/j")
    await page.get_by_role("button", name="Notify me").click()
    await expect(page.locator("#prevenir-etat")).to_contain_text("Your browser blocks")
    await expect(page.locator("#prevenir-bouton")).to_have_text("Notify me")


async def test_without_support_nothing_is_offered(
    region: Region, portal: str, notifying_browser: Any
) -> None:
    region.web_push = {"public_key": "BPublic", "delay": 300}
    region.followed["j"] = followed(journey(TRAM))
    for options, script in (
        ({"java_script_enabled": False}, ""),
        ({}, "delete window.PushManager;"),
    ):
        context = await notifying_browser.new_context(**options)
        await context.add_init_script(script)
        page = await context.new_page()
        await page.goto(f"{portal}/itineraires/j")
        await page.wait_for_load_state("load")
        await expect(page.locator("#prevenir")).to_be_hidden()


async def test_a_message_is_displayed_once_and_a_journey_has_one_notification(
    portal: str, page: Any
) -> None:
    await page.locator("#prevenir-bouton").click()
    await expect(page.locator("#prevenir-etat")).to_contain_text("C’est noté")
    devtools = await page.context.new_cdp_session(page)
    registrations: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(r["registrationId"] for r in event["registrations"]),
    )
    await devtools.send("ServiceWorker.enable")
    await until(lambda: registrations)
    journeys = [
        {"journey": "j", "title": "Gare → Parc", "body": body, "lang": "fr"}
        for body in ("Retard.", "Supprimé.", "Supprimé.")
    ]
    for message in (*journeys, REMINDER):
        delivered = {"origin": portal, "registrationId": registrations[0]}
        await devtools.send(
            "ServiceWorker.deliverPushMessage", {**delivered, "data": json.dumps(message)}
        )

    async def displayed() -> bool:
        return sorted(await page.evaluate(NOTIFICATIONS)) == [
            ["Gare → Parc", "Supprimé.", "j", "fr", "/itineraires/j"],
            ["Région Lab", "Quelques questions.", REMINDED, "fr", REMINDED],
        ]

    await until(displayed)
    await asyncio.sleep(0.2)
    assert await displayed()


REMINDED = "/participer/mes-participations"
REMINDER = {
    "page": f"//ailleurs.example{REMINDED}",  # of this site, whatever is sent
    "title": "Région Lab",
    "body": "Quelques questions.",
    "lang": "fr",
}
NOTIFICATIONS = """async () => {
  const all = await (await navigator.serviceWorker.ready).getNotifications();
  return all.map(({ title, body, tag, lang, data }) => [title, body, tag, lang, data.page]);
}"""
