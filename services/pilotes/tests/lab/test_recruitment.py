"""How many people a trial has reached: for its team, in steps of k, and nobody in particular."""

from pilot_lab import ANONYMOUS, COORDINATOR, PARTNER, Lab
from trial_people import halves, leave, take_part
from visitors import Visitor

from pilotes.usage.adapters.fact_store import PostgresFacts
from pilotes.usage.adapters.recruitment_log import PostgresRecruitment
from pilotes.usage.flows.record_recruitment import record_recruitment

PATH = "/pilots/alertes/recruitment"
A_DAY = 86_400.0


async def counts(pilots: Lab) -> list[int]:
    """The disclosed counts after one more count of the people."""
    await record_recruitment(
        desk=pilots.desk, facts=PostgresFacts(pilots.pool), log=PostgresRecruitment(pilots.pool)
    )
    return [each["at_least"] for each in (await pilots.request("GET", PATH)).json["days"]]


async def test_people_are_counted_by_steps_of_k(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor = Visitor(pilots, COORDINATOR)
    assert await counts(pilots) == []
    assert "Dans l'essai : moins de 5 par groupe" in (await visitor.go("/lab")).words

    async def come(many: int, first: int) -> list[int]:
        people = halves(many, arm=0.5, control=0.5)
        await take_part(pilots, people, since=pilots.clock.now(), first=first)
        return await counts(pilots)

    assert await come(8, 0) == []
    assert await come(6, 8) == [10]
    pilots.clock.advance(10 * A_DAY)
    # Four more of each arm, one who leaves: no single person moves the count.
    assert await come(6, 14) == [10]
    await leave(pilots, 3, at=pilots.clock.now())
    assert await counts(pilots) == [10]
    assert await come(40, 20) == [10, 55]
    for page in (await visitor.go("/lab"), await visitor.go("/lab/pilotes/alertes")):
        assert (
            "au moins 55 personnes sur 500 prévues. Il y a sept jours : au moins 10." in page.words
        )
    assert "graphe-limite" in page.text
    assert (await pilots.request("GET", PATH, who=PARTNER)).status == 200
    assert (await pilots.request("GET", PATH, who=ANONYMOUS)).status == 401
    # As the results, everybody reads it once the trial is over, and the report draws it.
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    days = (await pilots.request("GET", PATH, who=ANONYMOUS)).json["days"]
    assert [each["at_least"] for each in days] == [10, 55]
    report = await Visitor(pilots).go("/pilotes/v1/pilots/alertes/report")
    assert "au moins 55 le 12 mars 2026. En tirets, les 500 prévues." in report.text.replace(
        "\N{NO-BREAK SPACE}", " "
    )
