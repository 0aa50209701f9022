"""Reminders as notifications of a browser: chosen, confirmed by a first one that its push service
accepts, sent once, stopped, erased."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio
from mail_server import Mailboxes
from page_sight import browsing
from pilot_lab import PROTOCOL, PUSH_KEY, SALT_KEY, SOMEBODY, Lab, open_lab
from post import Post
from visitors import Page, Visitor, codes

from pilotes.messages.adapters.push_sender import NotificationSender
from pilotes.messages.adapters.sealed_addresses import SealedAddresses
from pilotes.messages.domain.notifications import Notification, write_notification
from pilotes.messages.domain.topics import ATTEMPTS, Attempt, MessageType, next_attempt
from pilotes.messages.domain.wording import LetterFacts
from pilotes.messages.flows.messages_desk import Notifications
from pilotes.record.adapters.sealing import Sealer
from pilotes.wiring.pages import make_pages
from socle.clock import ManualClock
from socle.http import http_client
from socle.pages import PageRequest, answering
from socle.testing import ServeApp
from socle.testing.push_service import PushService
from socle.web_push import Delivery, PushServices, PushTarget
from socle.web_push.client import WebPushClient
from socle.web_push.vapid import VapidKey

PAGE: Final = "/participer/mes-participations/alertes/rappels"
SUBSCRIBE: Final = f"{PAGE}/notification"
DAY: Final = 86_400
FIRST: Final = {
    "page": "/participer/mes-participations",
    "title": "Région Lab",
    "body": "C'est noté : vos rappels arriveront ici.",
    "lang": "fr",
}
BROWSER: Final = """
window.allowed = "denied";
Notification.requestPermission = async () => window.allowed;
const pushManager = { subscribe: async () => ({ toJSON: () => (TARGET) }) };
const registration = { active: { state: "activated" }, pushManager };
navigator.serviceWorker.register = async () => registration;
const { submit } = HTMLFormElement.prototype;
HTMLFormElement.prototype.submit = function () {
  const [button, state] = this.querySelectorAll("button, [aria-live]");
  sessionStorage.left = JSON.stringify([button.ariaDisabled, state.textContent]);
  submit.call(this);
};
"""
"""A browser that the push service knows, and what a form is left with as it is sent."""
TARGET: Final = PushTarget("https://push.example.org/1", "p", "a")


@dataclass
class Reminded:
    """A trial that promises two reminders, whose participants have a browser, and who sends."""

    lab: Lab
    post: Post
    service: PushService

    async def enrol(self) -> Visitor:
        person = Visitor(self.lab)
        await person.enrol((await codes(self.lab))[0])
        return person

    async def choose(self, person: Visitor, **changes: str) -> Page:
        """The page after the choice of that person's browser."""
        content = self.service.target()
        target = {"endpoint": content["endpoint"], **content["keys"]} | changes
        return await person.go(SUBSCRIBE, target)

    async def deliver(self) -> list[Any]:
        """Send what is due. Returns what the browser displays."""
        before = len(self.service.messages)
        await self.post.deliver()
        return [each.content for each in self.service.messages[before:]]


@pytest_asyncio.fixture
async def reminded(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path, manual_clock: ManualClock
) -> AsyncIterator[Reminded]:
    """A questionnaire opens on the 28th day."""
    service, key = PushService(), VapidKey(PUSH_KEY, "mailto:lab@example.org")
    service.address, service.key = await serve_app(service), key.public
    async with AsyncExitStack() as stack:
        lab = await open_lab(
            postgres_url, serve_app, tmp_path, stack, manual_clock, push_services=service.address
        )
        await lab.reach_stage("trial", protocol=PROTOCOL | {"reminders_at_most": 2})
        session = await stack.enter_async_context(http_client(outside=True))
        services = PushServices([service.address])
        client = WebPushClient(session, key, services)
        sender = NotificationSender(client, lab.clock)
        yield Reminded(lab, Post(lab, Mailboxes(), sender), service)


async def test_a_browser_is_chosen_confirmed_reminded_once_and_stopped(reminded: Reminded) -> None:
    lab, service = reminded.lab, reminded.service
    person = await reminded.enrol()
    form = await person.go(PAGE)
    assert "Notification sur cet appareil" in form.words
    assert f'data-cle="{service.key}"' in form.text
    assert "script-src 'self'" in form.headers["content-security-policy"]
    # A click on the address of the form leads back to the page.
    assert "Vous ne recevez pas de rappels." in (await person.go(SUBSCRIBE)).words
    wrong = await reminded.choose(person, endpoint="https://ailleurs.example/1")
    assert (wrong.status, "ne connaît pas le service de notifications" in wrong.words) == (
        400,
        True,
    )
    assert f'action="{PAGE}"' in wrong.text
    for keys in ({"p256dh": ""}, {"auth": "AAAA"}):
        wrong = await reminded.choose(person, **keys)
        assert (wrong.status, "manquent, ou ne sont pas valables" in wrong.words) == (400, True)
        assert "ne connaît pas le service" not in wrong.words
    assert "Une première notification part" in (await reminded.choose(person)).words
    assert await reminded.deliver() == [FIRST]
    assert "Vos rappels arrivent en notification" in (await person.go(PAGE)).words
    # The same browser again needs no other one.
    await reminded.choose(person)
    assert await reminded.deliver() == []
    stored = await lab.pool.fetchval("SELECT sealed FROM recipient")
    assert service.address.encode() not in stored

    lab.clock.advance(27 * DAY)
    assert await reminded.deliver() == [
        FIRST
        | {
            "title": "Région Lab : quelques questions pour vous",
            "body": "Vous avez demandé un rappel. À partir du 30 mars 2026, quelques questions "
            "vous attendent.",
        }
    ]
    # At 10:00 in France: nothing of it is displayed at night.
    assert service.messages[-1].headers["ttl"] == str(10 * 3600)
    lab.clock.advance(DAY)
    assert await reminded.deliver() == []
    assert "Vous ne recevez pas de rappels." in (await person.go(PAGE, {"action": "stop"})).words
    assert await lab.pool.fetchval("SELECT sealed FROM recipient") is None


async def test_the_form_sends_where_this_browser_is_reached(
    reminded: Reminded, browser: Any
) -> None:
    lab = reminded.lab
    await Visitor(lab, SOMEBODY).enrol((await codes(lab))[0])
    context = await browsing(browser, lab, 360, "light", who=SOMEBODY)
    target = json.dumps(reminded.service.target())
    await context.add_init_script(BROWSER.replace("TARGET", target))
    page = await context.new_page()
    await page.goto(f"{lab.address}{PAGE}")
    button = page.get_by_role("button", name="Notification sur cet appareil")
    await button.press("Enter")
    await page.get_by_text("Votre navigateur bloque les notifications").wait_for()
    await page.evaluate("window.allowed = 'granted'")
    await button.press("Enter")
    await page.get_by_text("Une première notification part").wait_for()
    # Back restores the page as it was left: its button works.
    assert await page.evaluate("sessionStorage.left") == '[null,""]'
    # The push service knows its address and both keys.
    assert await reminded.deliver() == [FIRST]


async def test_a_browser_is_erased_when_it_is_gone_replaced_or_withdraws(
    reminded: Reminded,
) -> None:
    lab, service = reminded.lab, reminded.service
    person = await reminded.enrol()
    service.status = 403
    await reminded.choose(person)
    assert await reminded.deliver() == []
    assert "ne reçoit plus de notifications" in (await person.go(PAGE)).words
    service.status = 201
    await reminded.choose(person)
    await reminded.deliver()
    lab.clock.advance(27 * DAY)
    service.status, service.answer_headers = 429, {"retry-after": "3600"}
    assert await reminded.deliver() == []
    service.status = 201
    lab.clock.advance(3599)
    assert await reminded.deliver() == []
    lab.clock.advance(1)
    service.status = 410
    assert await reminded.deliver() == []
    assert "ne reçoit plus de notifications" in (await person.go(PAGE)).words
    assert await lab.pool.fetchval("SELECT sealed FROM recipient") is None

    # An address replaces a browser, and a withdrawal erases either.
    service.status = 201
    await reminded.choose(person)
    assert await reminded.deliver() == [FIRST]
    page = await person.go(PAGE, {"address": "lucie@exemple.fr"})
    assert "Un message part vers lucie@exemple.fr" in page.words
    # So it does when a replica writes it that does not know the channels.
    await lab.pool.execute("UPDATE recipient SET channel = 'push'")
    assert await reminded.deliver() == []
    assert await lab.pool.fetchval("SELECT channel FROM recipient") == "mail"
    await reminded.choose(person)
    await person.go(f"{PAGE.removesuffix('rappels')}retrait", {})
    assert await lab.pool.fetchval("SELECT count(*) FROM recipient") == 0
    assert await reminded.deliver() == []


def test_a_replica_of_before_browsers_opens_no_address_of_one() -> None:
    recipient, addresses = UUID(int=1), SealedAddresses(SALT_KEY)
    before = Sealer("addresses", SALT_KEY)
    assert before.open(recipient.bytes, addresses.seal(recipient, TARGET)) is None
    assert before.open(recipient.bytes, addresses.seal(recipient, "a@b.fr")) == b"a@b.fr"
    for address in (TARGET, "a@b.fr"):
        assert addresses.open(recipient, addresses.seal(recipient, address)) == address
        assert addresses.open(UUID(int=2), addresses.seal(recipient, address)) is None


async def test_a_browser_that_is_rejected_to_the_end_is_erased_and_the_page_states_it(
    reminded: Reminded,
) -> None:
    """As after another key, which the push service does not know that browser by."""
    lab, service = reminded.lab, reminded.service
    person = await reminded.enrol()
    await reminded.choose(person)
    assert await reminded.deliver() == [FIRST]
    lab.clock.advance(27 * DAY)
    service.status = 403
    for words in ("rappels arrivent en notification", "ne reçoit plus de notifications"):
        lab.clock.advance(60)
        assert await reminded.deliver() == []
        assert words in (await person.go(PAGE)).words
        await lab.pool.execute(
            "UPDATE message SET attempts = $1 WHERE type = 'reminder'", ATTEMPTS - 1
        )
    assert await lab.pool.fetchval("SELECT sealed FROM recipient") is None


@pytest.mark.parametrize(
    ("delivery", "confirmed", "attempt"),
    [
        (Delivery("delivered"), True, Attempt("sent")),
        (Delivery("gone"), True, Attempt("refused")),
        (Delivery("refused"), False, Attempt("refused")),
        (Delivery("refused"), True, Attempt("not_sent", rejected=True)),
        (Delivery("later"), True, Attempt("not_sent")),
        (Delivery("later", 1e30), True, Attempt("not_sent", timedelta(days=1))),
        (Delivery("later", uncertain=True), True, Attempt("unknown")),
        (OSError("of a library"), True, Attempt("unknown")),
    ],
    ids=str,
)
async def test_what_the_answer_of_a_push_service_means(
    delivery: Delivery | OSError, confirmed: bool, attempt: Attempt
) -> None:
    class Sender:
        async def send(self, target: PushTarget, message: bytes, **options: Any) -> Delivery:
            if isinstance(delivery, OSError):
                raise delivery
            return delivery

    about: MessageType = "reminder" if confirmed else "confirmation"
    notification = Notification(about, "t", "x", "fr", timedelta())
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    sender = NotificationSender(Sender(), clock)
    assert await sender(UUID(int=1), TARGET, notification) == attempt


def test_a_notification_is_in_the_language_of_its_reader_and_not_displayed_at_night() -> None:
    facts = LetterFacts(
        "reminder", "en", "https://lab.example", "c", "s", opens=datetime(2026, 3, 1)
    )
    written = write_notification(facts, datetime(2026, 3, 1, 18, 59, 30, tzinfo=UTC))
    assert written.text.startswith("You chose to be reminded. From 1 March 2026 on")
    assert written.lasts == timedelta(seconds=30)


def test_a_push_service_is_left_alone_for_as_long_as_it_states_within_bounds() -> None:
    for stated, waits in ((0, 60), (90, 90), (10**9, 6 * 3600)):
        after = timedelta(seconds=stated)
        wait = next_attempt("reminder", 1, "not_sent", after)
        assert wait == timedelta(seconds=waits)


@pytest.mark.parametrize("mail", [True, False])
@pytest.mark.parametrize("push", [True, False])
def test_the_page_offers_what_this_installation_sends(mail: bool, push: bool) -> None:
    offered = Notifications("BKey", PushServices()) if push else None
    with answering(PageRequest("fr")):
        page = make_pages("https://lab.example").html(
            "rappels/page.html",
            pilot=SimpleNamespace(id="alertes", title="Être prévenu"),
            choice=None,
            most=2,
            mail=mail,
            notifications=offered,
            typed="",
            longest=254,
            wrong=None,
            wrong_address=None,
        )
    assert ('type="email"' in page) == mail
    for part in ('data-cle="BKey"', "push-form.js", "Ici, votre navigateur ne peut pas"):
        assert (part in page) == push
    assert ("Le dernier choix remplace" in page) == (mail and push)
