"""Whatever happens, a participant gets no more reminders than the notice promised, and one a
day, by e-mail and as notifications together."""

import random
from collections import Counter
from datetime import date
from uuid import UUID

from mail_server import Mailboxes
from pilot_lab import PROTOCOL, SURVEY, Lab
from post import Post
from visitors import Visitor, codes

from pilotes.messages.domain.addresses import Channel
from pilotes.messages.domain.notifications import Notification
from pilotes.messages.domain.topics import Attempt, AttemptOutcome
from pilotes.messages.domain.wording import Letter
from socle.testing.push_service import AUTH, encoded
from socle.web_push import PushTarget

PAGE = "/participer/mes-participations/alertes/rappels"
BROWSER = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/lucie",
    "p256dh": encoded(b"\x04" + bytes(64)),
    "auth": encoded(AUTH),
}
PROMISED = 3
STEPS = ["deliver"] * 12 + ["wait"] * 12 + ["mail", "mail", "push", "push", "stop", "pause"]


class Killed(Exception):
    """The process ended between the reply to a message and its own note of it."""


class Servers:
    """A mail server and a push service that answer by chance."""

    def __init__(self, chance: random.Random, lab: Lab) -> None:
        self._chance, self._lab = chance, lab
        self.paused = False
        self.links: list[str] = []
        """That confirm an address."""
        self.arrived: list[tuple[date, Channel]] = []
        """The reminders that can have arrived."""

    async def send(self, message: UUID, address: str, letter: Letter) -> AttemptOutcome:
        if letter.stop is None:
            self.links.append(letter.text.split("https://lab.example")[1].split()[0])
            return "sent"
        return self._answer("mail")

    async def notify(
        self, message: UUID, target: PushTarget, notification: Notification
    ) -> Attempt:
        if self._chance.random() < 0.2:
            return Attempt("not_tried")
        return Attempt("sent" if notification.type == "confirmation" else self._answer("push"))

    def _answer(self, channel: Channel) -> AttemptOutcome:
        outcome = self._chance.choice(["sent", "not_sent", "unknown", "unknown", "killed"])
        if outcome != "not_sent":
            assert not self.paused
            self.arrived.append((self._lab.clock.now().date(), channel))
        if outcome == "killed":
            raise Killed
        return outcome  # type: ignore[return-value]


async def test_no_more_reminders_arrive_than_promised_and_one_a_day(pilots: Lab) -> None:
    chance = random.Random(21)
    occasions = {"occasions": [f"o{at}" for at in range(12)], "after_days": [*range(2, 26, 2)]}
    protocol = PROTOCOL | {"reminders_at_most": PROMISED}
    await pilots.reach_stage("trial", protocol=protocol, survey=SURVEY | occasions)
    servers = Servers(chance, pilots)
    person, post = Visitor(pilots), Post(pilots, Mailboxes(), servers.notify)
    await person.enrol((await codes(pilots))[0])
    forms = {"mail": {"address": "lucie@exemple.fr"}, "stop": {"action": "stop"}}
    for _ in range(90):
        step = chance.choice(STEPS)
        if step == "wait":
            pilots.clock.advance(chance.choice([3, 13, 24]) * 3_600)
        elif step == "push":
            await person.go(f"{PAGE}/notification", BROWSER)
        elif step in forms:
            await person.go(PAGE, forms[step])
        elif step == "pause":
            servers.paused = not servers.paused
            await pilots.pool.execute("UPDATE pilot SET paused = $1", servers.paused)
        else:
            try:
                await post.deliver(servers.send)
            except Killed:
                continue
            for link in servers.links:
                await Visitor(pilots).go(link, {})
            servers.links.clear()
    days = Counter(day for day, _ in servers.arrived)
    assert days.total() <= PROMISED
    assert max(days.values()) == 1
    assert {channel for _, channel in servers.arrived} == {"mail", "push"}
