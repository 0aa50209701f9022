"""Whatever happens, a participant gets no more reminders than the notice promised, and one a
day."""

import random
from collections import Counter
from uuid import UUID

from mail_server import Mailboxes
from pilot_lab import HOLDER, PROTOCOL, SURVEY, Lab
from post import Post
from visitors import Visitor, codes

from pilotes.messages.domain.topics import Delivery
from pilotes.messages.domain.wording import Letter

PAGE = "/participer/mes-participations/alertes/rappels"
PROMISED = 3
STEPS = ["deliver"] * 8 + ["wait"] * 12 + ["choose", "stop", "pause", "pause"]


class Killed(Exception):
    """The process ended between the mail server's reply and its own note of it."""


async def test_no_more_reminders_arrive_than_promised_and_one_a_day(pilots: Lab) -> None:
    chance = random.Random(20)
    await pilots.reach_stage("trial", protocol=PROTOCOL | {"reminders_at_most": PROMISED})
    form = SURVEY | {"occasions": [f"o{at}" for at in range(12)], "after_days": [*range(2, 26, 2)]}
    assert (
        await pilots.request("PUT", "/pilots/alertes/surveys/sortie", form, who=HOLDER)
    ).status == 200
    person, post = Visitor(pilots), Post(pilots, Mailboxes())
    await person.enrol((await codes(pilots))[0])
    days: Counter[object] = Counter()
    links: list[str] = []

    async def send(message: UUID, address: str, letter: Letter) -> Delivery:
        if letter.stop is None:
            links.append(letter.text.split("https://lab.example")[1].split()[0])
            return "sent"
        outcome = chance.choice(["sent", "not_sent", "unknown", "unknown", "killed"])
        if outcome != "not_sent":
            assert not paused
            days[pilots.clock.now().date()] += 1
        if outcome == "killed":
            raise Killed
        return outcome  # type: ignore[return-value]

    paused = False
    for _ in range(90):
        step = chance.choice(STEPS)
        if step == "wait":
            pilots.clock.advance(chance.choice([3, 13, 24]) * 3_600)
        elif step == "choose":
            await person.go(PAGE, {"address": "lucie@exemple.fr"})
        elif step == "stop":
            await person.go(PAGE, {"action": "stop"})
        elif step == "pause":
            await pilots.pool.execute("UPDATE pilot SET paused = $1", paused := not paused)
        else:
            try:
                await post.deliver(send)
            except Killed:
                continue
            for link in links:
                await Visitor(pilots).go(link, {})
            links.clear()
    assert 0 < days.total() <= PROMISED
    assert max(days.values()) == 1
