"""Notifications are sent several at once, and what was not tried is no attempt."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from mail_server import Mailboxes
from pilot_lab import PROTOCOL, Lab
from post import Post
from visitors import Visitor, codes

from pilotes.messages.adapters.outbox import PostgresOutbox
from pilotes.messages.adapters.push_sender import NotificationSender
from pilotes.messages.adapters.sealed_addresses import SealedAddresses
from pilotes.messages.domain.addresses import Channel
from pilotes.messages.domain.notifications import Notification
from pilotes.messages.domain.topics import Attempt
from pilotes.messages.domain.wording import LetterFacts
from pilotes.messages.flows.send_messages import send_notifications
from pilotes.messages.ports import ClaimedMessage
from socle.clock import ManualClock
from socle.errors import Retry
from socle.testing.push_service import AUTH, encoded
from socle.web_push import AT_ONCE, Delivery, PushTarget

NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SUBSCRIBE: Final = "/participer/mes-participations/alertes/rappels/notification"
DAY: Final = 86_400
IN_A_ROUND: Final = 100
_COORDINATOR: Final = """
WITH one AS (INSERT INTO recipient (recipient_id, pilot_id, subject, coordinator, language, channel,
    sealed, chosen_at, confirmations_on, confirmations)
    VALUES ($1, 'alertes', $1::uuid::text, true, 'fr', 'mail', $2, now(), '2026-03-01', 1))
INSERT INTO message (recipient_id, cause, type, next_attempt)
VALUES ($1, 'confirmation', 'confirmation', $3)
"""
"""A coordinator with a sealed address that waits for its confirmation."""
NOTHING: Final = Notification("reminder", "t", "x", "fr", timedelta())


def target(service: str) -> PushTarget:
    return PushTarget(f"https://{service}/1", encoded(b"\x04" + bytes(64)), encoded(AUTH))


@dataclass
class Waiting:
    """So many messages that are due, in memory."""

    left: int
    settled: list[Attempt] = field(default_factory=list)
    fails_after: int | None = None
    """Claims until the database is away; None: never."""

    async def claim(
        self, now: datetime, *, channel: Channel, reminders: bool
    ) -> ClaimedMessage | None:
        if self.fails_after == 0:
            raise Retry("La base ne répond pas.")
        if not self.left:
            return None
        self.left -= 1
        self.fails_after = None if self.fails_after is None else self.fails_after - 1
        facts = LetterFacts("reminder", "fr", "https://lab.example", "c", "s", opens=NOON.date())
        address = target("push.example.org")
        return ClaimedMessage(uuid4(), 1, address, b"", None, facts)

    async def settle(self, claimed: ClaimedMessage, attempt: Attempt, now: datetime) -> None:
        self.settled.append(attempt)

    async def plan_reminders(self, today: date, now: datetime) -> None: ...

    async def plan_team_events(self, events: Any, now: datetime) -> None: ...


async def test_twenty_notifications_are_sent_at_once_and_no_more() -> None:
    outbox, sending, most = Waiting(IN_A_ROUND + 5), 0, 0
    all_at_once = asyncio.Barrier(AT_ONCE)

    async def send(message: UUID, to: PushTarget, notification: Notification) -> Attempt:
        nonlocal sending, most
        sending += 1
        most = max(most, sending)
        await all_at_once.wait()
        sending -= 1
        return Attempt("sent")

    clock = ManualClock(NOON)
    async with asyncio.timeout(30):
        assert await send_notifications(outbox=outbox, send=send, clock=clock) == IN_A_ROUND
    assert (most, outbox.left, len(outbox.settled)) == (AT_ONCE, 5, IN_A_ROUND)


async def test_untried_messages_do_not_use_up_a_round() -> None:
    """So those behind them are sent in it."""
    outbox, untried = Waiting(IN_A_ROUND + 60), 60

    async def send(message: UUID, to: PushTarget, notification: Notification) -> Attempt:
        nonlocal untried
        untried -= 1
        return Attempt("not_tried" if untried >= 0 else "sent")

    clock = ManualClock(NOON)
    assert await send_notifications(outbox=outbox, send=send, clock=clock) == IN_A_ROUND
    assert outbox.settled.count(Attempt("sent")) == IN_A_ROUND


async def test_a_failure_lets_the_messages_that_are_being_sent_be_settled() -> None:
    outbox = Waiting(IN_A_ROUND, fails_after=3)
    all_three = asyncio.Barrier(3)

    async def send(message: UUID, to: PushTarget, notification: Notification) -> Attempt:
        await all_three.wait()
        return Attempt("sent")

    refused = None
    try:
        async with asyncio.timeout(30):
            await send_notifications(outbox=outbox, send=send, clock=ManualClock(NOON))
    except Retry as retry:
        refused = retry
    assert refused is not None
    assert outbox.settled == [Attempt("sent")] * 3


async def test_a_failure_of_one_ends_the_claims_of_all() -> None:
    """The database works, and those that are being sent are settled."""
    outbox, attempts = Waiting(IN_A_ROUND), 0
    all_at_once = asyncio.Event()

    async def send(message: UUID, to: PushTarget, notification: Notification) -> Attempt:
        nonlocal attempts
        attempts += 1
        if attempts == AT_ONCE:
            all_at_once.set()
            raise RuntimeError("One of them.")
        await all_at_once.wait()
        # It has failed before the others are settled.
        for _ in range(AT_ONCE):
            await asyncio.sleep(0)
        return Attempt("sent")

    with pytest.raises(RuntimeError, match="One of them"):
        async with asyncio.timeout(30):
            await send_notifications(outbox=outbox, send=send, clock=ManualClock(NOON))
    assert outbox.left == IN_A_ROUND - AT_ONCE
    assert outbox.settled == [Attempt("sent")] * (AT_ONCE - 1)


async def test_what_is_being_sent_at_the_stop_is_settled() -> None:
    outbox, sending, let_go = Waiting(IN_A_ROUND), 0, asyncio.Event()
    all_at_once = asyncio.Event()

    async def send(message: UUID, to: PushTarget, notification: Notification) -> Attempt:
        nonlocal sending
        sending += 1
        if sending == AT_ONCE:
            all_at_once.set()
        await let_go.wait()
        return Attempt("sent")

    round_of_sending = asyncio.create_task(
        send_notifications(outbox=outbox, send=send, clock=ManualClock(NOON))
    )
    async with asyncio.timeout(30):
        await all_at_once.wait()
        round_of_sending.cancel()
        await asyncio.sleep(0)
        let_go.set()
        with pytest.raises(asyncio.CancelledError):
            await round_of_sending
    assert outbox.settled == [Attempt("sent")] * AT_ONCE
    assert outbox.left == IN_A_ROUND - AT_ONCE


async def test_a_push_service_that_hangs_is_left_alone_and_delays_no_other() -> None:
    """For a minute, in which its messages are not tried."""
    sent: list[str] = []
    answers = {
        "one.hangs.example.org": Delivery("later", uncertain=True, unavailable=True),
        "busy.example.org": Delivery("later", 3600.0, unavailable=True),
        "works.example.org": Delivery("delivered"),
    }

    class Sender:
        async def send(self, to: PushTarget, message: bytes, **options: Any) -> Delivery:
            host = to.endpoint.split("/")[2]
            sent.append(host)
            return answers[host]

    clock = ManualClock(NOON)
    sender = NotificationSender(Sender(), clock)

    async def outcomes() -> list[Attempt]:
        return [await sender(uuid4(), target(each), NOTHING) for each in answers]

    first = [Attempt("unknown"), Attempt("not_sent", timedelta(hours=1)), Attempt("sent")]
    assert await outcomes() == first
    clock.advance(20)
    waits = Attempt("not_tried", timedelta(seconds=40))
    assert await outcomes() == [waits, waits, Attempt("sent")]
    # People write the endpoints: a host beside one that hangs does not wait with it.
    answers["two.hangs.example.org"] = answers["works.example.org"]
    assert await sender(uuid4(), target("two.hangs.example.org"), NOTHING) == Attempt("sent")
    del answers["two.hangs.example.org"]
    clock.advance(40)
    assert await outcomes() == first
    assert sent == [*answers, "works.example.org", "two.hangs.example.org", *answers]


@pytest.mark.parametrize(
    "delivery", [Delivery("later", 3600.0), Delivery("later", 5.0, uncertain=True)], ids=str
)
async def test_no_subscription_silences_the_others_of_its_push_service(delivery: Delivery) -> None:
    """One that has had too many messages (429), or for which a server in between answers."""

    class Sender:
        async def send(self, to: PushTarget, message: bytes, **options: Any) -> Delivery:
            return delivery if to.auth == "bad" else Delivery("delivered")

    sender = NotificationSender(Sender(), ManualClock(NOON))
    good = target("push.example.org")
    assert (await sender(uuid4(), replace(good, auth="bad"), NOTHING)).outcome != "sent"
    assert await sender(uuid4(), good, NOTHING) == Attempt("sent")


async def test_only_what_was_tried_is_an_attempt(pilots: Lab) -> None:
    """Neither a push service that is left alone, nor an address that another replica can open."""
    await pilots.reach_stage("trial", protocol=PROTOCOL | {"reminders_at_most": 2})
    outcomes: list[Attempt] = []

    async def notify(message: UUID, to: PushTarget, notification: Notification) -> Attempt:
        return outcomes.pop(0)

    async def state() -> tuple[Any, ...]:
        row = await pilots.pool.fetchrow(
            "SELECT attempts, deliveries, next_attempt, attempted_on FROM message"
            " WHERE type = 'reminder'"
        )
        return tuple(row)

    person, post = Visitor(pilots), Post(pilots, Mailboxes(), notify)
    await person.enrol((await codes(pilots))[0])
    browser = target("fcm.googleapis.com")
    keys = {"endpoint": browser.endpoint, "p256dh": browser.p256dh, "auth": browser.auth}
    await person.go(SUBSCRIBE, keys)
    outcomes[:] = [Attempt("sent")]
    await post.deliver()

    pilots.clock.advance(27 * DAY)
    outcomes[:] = [Attempt("not_tried", timedelta(seconds=90))]
    await post.deliver()
    now = pilots.clock.now()
    assert await state() == (0, 0, now + timedelta(seconds=90), None)

    # Under another key, as of a replica that knows less.
    sealed = await pilots.pool.fetchval("UPDATE recipient SET sealed = '\\x00' RETURNING sealed")
    assert sealed == b"\x00"
    before = await state()
    pilots.clock.advance(90)
    await post.deliver()
    assert await state() == before


async def test_messages_that_one_process_cannot_open_stay_due_for_the_others(pilots: Lab) -> None:
    """However many there are, it sends those behind them."""
    await pilots.create_pilot("alertes")
    own, other = (SealedAddresses(each) for each in ("own" * 16, "other" * 16))
    good, bad = (PostgresOutbox(pilots.pool, each, public="") for each in (own, other))
    now = pilots.clock.now()
    for number in range(250):
        # The last one is of the other key, the others of this one.
        name, key = UUID(int=number + 1), other if number == 249 else own
        first = now - timedelta(seconds=250 - number)
        await pilots.pool.execute(_COORDINATOR, name, key.seal(name, "a@example.org"), first)

    async def claim(outbox: PostgresOutbox, at: datetime) -> ClaimedMessage | None:
        return await outbox.claim(at, channel="mail", reminders=True)

    def due() -> Awaitable[Any]:
        return pilots.pool.fetchval("SELECT count(*) FROM message WHERE next_attempt <= $1", now)

    assert await claim(bad, now) is not None
    assert await claim(bad, now) is None
    assert await due() == 249
    assert await claim(good, now) is not None
    assert await due() == 248
    # Another process has corrected the address of one that was passed over.
    name = UUID(int=100)
    sealed = other.seal(name, "a@example.org")
    await pilots.pool.execute(
        "UPDATE recipient SET sealed = $2 WHERE recipient_id = $1", name, sealed
    )
    assert await claim(bad, now + timedelta(minutes=9)) is None
    found = await claim(bad, now + timedelta(minutes=10))
    assert found is not None
    assert found.sealed == sealed
