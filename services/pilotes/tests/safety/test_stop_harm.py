"""A breached guardrail and a severe incident pause a trial; an intact or undecided one does not."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from pilot_lab import ANONYMOUS, HOLDER, JUDGE, PARTICIPANT, PARTNER, PROTOCOL, SOMEBODY, Lab
from trial_people import halves, take_part
from usage_world import DAY, CountedEvents, UsageWorld, exposed, line, served
from visitors import Visitor, codes

from pilotes.safety.adapters import PostgresReports
from pilotes.safety.domain.incident_reports import MAX_PER_DAY, Report
from pilotes.safety.flows.stop_harm import stop_for_guardrails, stop_for_incidents
from pilotes.safety.ports import Reporter
from pilotes.usage.adapters.fact_store import PostgresFacts
from socle.postgres import Pool

GUARDRAIL = {
    "id": "suivi-garde",
    "label": "Suit encore les départs",
    "kind": "proportion",
    "source": "use:board-watched",
    "direction": "up",
    "role": "guardrail",
    "bound": -0.1,
    "window_days": 1,
}


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The protocol of the lab, with a guardrail."""
    indicators: list[Any] = [*PROTOCOL["indicators"], GUARDRAIL]
    monkeypatch.setitem(PROTOCOL, "indicators", indicators)


async def tried(pilots: Lab, *, treated: float, control: float, people: int) -> None:
    """That many people an arm, of whom those shares watched a board within a day."""
    world = UsageWorld(pilots.pool, PostgresFacts(pilots.pool), CountedEvents(), pilots.clock)
    async with pilots.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO notice (pilot_id, version, content, digest, published_at, published_by)"
            " VALUES ('alertes', '1', '{}', '', timestamptz 'epoch', 'qui')"
        )
    start, chance = pilots.clock.now(), Random(4)
    lines = []
    for number in range(people):
        for arm, share in (("prevenu", treated), ("habituel", control)):
            name = f"{arm}-{number}"
            await world.consent(name, start - DAY, "alertes")
            await world.fold(exposed(name, start, arm, "alertes"))
            if chance.random() < share:
                lines.append(line(name, start, arm=arm, pilot_id="alertes"))
    await world.fold(served(0, *lines))
    pilots.clock.advance(2 * 86_400)


async def guard(pilots: Lab) -> list[str]:
    return [*await stop_for_guardrails(desk=pilots.desk, facts=PostgresFacts(pilots.pool))]


async def state(pilots: Lab) -> str:
    return str((await pilots.request("GET", "/pilots/alertes")).json["state"])


@pytest.mark.usefixtures("guarded")
async def test_a_breached_guardrail_pauses_again_after_a_resume(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    assert await guard(pilots) == []  # nobody is there yet
    await tried(pilots, treated=0.1, control=0.9, people=60)
    assert await guard(pilots) == ["alertes"]
    assert await state(pilots) == "paused"
    pilot_events = (await pilots.pilot_events())[-1]
    assert pilot_events is not None
    assert pilot_events["state"] == "paused"
    decisions = (await pilots.request("GET", "/pilots/alertes/decisions?limit=100")).json[
        "decisions"
    ]
    assert decisions[-1]["subject"] == "garde-fou"
    assert "« Suit encore les départs »" in decisions[-1]["outcome"]["reason"]
    assert await guard(pilots) == []
    await pilots.change("POST", "/resume", {"reason": "On continue."})
    assert await guard(pilots) == ["alertes"]
    await _everybody_reads_why(pilots)


async def _everybody_reads_why(pilots: Lab) -> None:
    """During the pause, and once the trial is over, though nobody is in a complete batch."""
    why = "garde-fou « Suit encore les départs » est franchi dans le groupe « Prévenu avant »."
    pages = ("/pilotes", "/participer/pilotes/alertes/avis")
    for path in pages:
        page = (await Visitor(pilots).go(path)).words
        assert f"tout le monde reçoit le service habituel. Pourquoi : Le {why}" in page
    await pilots.change("POST", "/stage", {"to": "evaluation", "reason": "On arrête là."})
    sentence = f"L'essai a été mis en pause le 4 mars 2026 : le {why} Tous les participants"
    for path in pages:
        page = (await Visitor(pilots).go(path)).words
        assert "Pas de résultat montré" in page
        assert page.count(sentence) == 1
    # Nor does whoever changes that row make the pause unknown.
    async with pilots.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(
            "UPDATE decision SET at = at - interval '1 day' WHERE kind = 'pause'"
        )
    for path in pages:
        page = (await Visitor(pilots).go(path)).words
        assert sentence not in page
        assert page.count("Au moins une décision de mise en pause ne peut pas être vérifiée") == 1


@pytest.mark.usefixtures("guarded")
async def test_a_guardrail_within_its_bound_or_undecided_pauses_nothing(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await tried(pilots, treated=0.85, control=0.9, people=40)
    assert await guard(pilots) == []
    assert await state(pilots) == "running"


@pytest.mark.usefixtures("guarded")
async def test_an_amendment_does_not_tune_the_guard_again(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    pilots.clock.advance(60)
    # Tuned to 20 people an arm, the interval of these 30 would be beyond the bound.
    await pilots.amend(PROTOCOL | {"planned_per_arm": 20}, "2026-03-03")
    await take_part(pilots, halves(60, arm=0.3, control=0.8), since=pilots.clock.now())
    pilots.clock.advance(2 * 86_400)
    assert await guard(pilots) == []


async def test_participants_pause_a_trial_once_a_day_each_once_and_then_its_team_decides(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    one, two = [Visitor(pilots, ("traveller", name)) for name in ("alice", "bob")]
    for person, code in zip((one, two), await codes(pilots, 2), strict=True):
        await person.enrol(code)
    grave = {"kind": "incident", "severity": "severe", "said": "Chute."}

    async def report(person: Visitor) -> bool:
        status, body = await person.request_api("POST", "/pilots/alertes/reports", grave)
        assert status == 201
        return bool(body["paused_trial"])

    assert (await report(one), await state(pilots)) == (True, "paused")
    await pilots.change("POST", "/resume", {"reason": "Fausse alerte."})
    assert (await report(one), await report(two), await state(pilots)) == (False, False, "running")
    path = "/participer/mes-participations/alertes/signalement"
    form = (await two.go(path)).hidden | {"what": "grave", "said": "Chute.", "confirmed": "yes"}
    sent = await two.go(path, form)
    assert "qui décidera : un signalement l'a déjà mis en pause." in sent.words
    listed = (await pilots.request("GET", "/pilots/alertes/reports", who=JUDGE)).json["reports"]
    assert [each["paused_trial"] for each in listed] == [False, False, False, True]
    # The team is believed at once; and after a day another participant, but not the same one.
    answer = await pilots.request("POST", "/pilots/alertes/reports", grave, who=HOLDER)
    assert (answer.json["paused_trial"], await state(pilots)) == (True, "paused")
    await pilots.change("POST", "/resume", {"reason": "Corrigé."})
    pilots.clock.advance(86_401)
    assert (await report(one), await state(pilots)) == (False, "running")
    assert (await report(two), await state(pilots)) == (True, "paused")


async def test_accounts_that_log_in_on_one_device_are_the_one_participant_who_agreed_on_it(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    device = Visitor(pilots)
    await device.enrol(code)
    path = "/pilots/alertes/reports"
    grave = {"kind": "incident", "severity": "severe", "said": "Chute."}
    names = ("alice", "bob")
    accounts = [Visitor(pilots, ("traveller", each), dict(device.cookies)) for each in names]
    paused = []
    for person in (device, *accounts):
        status, body = await person.request_api("POST", path, grave)
        assert status == 201
        paused.append(body["paused_trial"])
        if body["paused_trial"]:
            await pilots.change("POST", "/resume", {"reason": "Fausse alerte."})
        pilots.clock.advance(86_401)
    assert paused == [True, False, False]
    # So is the limit of a day.
    for _ in range(MAX_PER_DAY):
        await accounts[0].request_api("POST", path, {"kind": "comment", "said": "Utile."})
    assert (await accounts[1].request_api("POST", path, {"kind": "comment", "said": "U."}))[
        0
    ] == 429
    # The reports are those of the device, which exports and erases them.
    _, exported = await device.request_api("GET", "/personal-data")
    assert len(exported["reports"]) == 3 + MAX_PER_DAY


async def test_a_severe_incident_pauses_at_once_without_quoting_the_report(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    participant = Visitor(pilots, PARTICIPANT)
    await participant.enrol(code)
    fields = {"kind": "incident", "severity": "moderate", "said": "Une alerte de trop."}
    status, _ = await participant.request_api("POST", "/pilots/alertes/reports", fields)
    assert (status, await state(pilots)) == (201, "running")
    grave = fields | {"severity": "severe", "said": "Madame Durand s'est perdue."}
    answer = await pilots.request("POST", "/pilots/alertes/reports", grave, who=HOLDER)
    assert (answer.status, await state(pilots)) == (201, "paused")
    number = answer.json["id"]
    decisions = (await pilots.request("GET", "/pilots/alertes/decisions?limit=100")).json[
        "decisions"
    ]
    reason = decisions[-1]["outcome"]["reason"]
    assert f"Incident grave n° {number}" in reason
    assert "Durand" not in str(decisions)
    await pilots.change("POST", "/resume", {"reason": "Corrigé."})
    reports = PostgresReports(pilots.pool)
    assert await stop_for_incidents(desk=pilots.desk, reports=reports) == []
    assert await state(pilots) == "running"  # one incident stops once
    listed = await pilots.request("GET", "/pilots/alertes/reports", who=JUDGE)
    assert [each["severity"] for each in listed.json["reports"]] == ["severe", "moderate"]
    rows = await pilots.pool.fetch("SELECT reporter FROM report")
    assert all(HOLDER[1] not in each["reporter"] for each in rows)


async def test_an_incident_whose_process_died_is_seen_by_the_guard(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    reports = PostgresReports(pilots.pool)
    now = pilots.clock.now()
    by = Reporter("x", "partner")
    await reports.add("alertes", "incident", "severe", "…", by=by, at=now)
    assert await stop_for_incidents(desk=pilots.desk, reports=reports) == ["alertes"]
    assert await state(pilots) == "paused"


class Slow(PostgresReports):
    """Of a process that read the unhandled incidents before another one handled them."""

    def __init__(self, pool: Pool, read: Sequence[Report]) -> None:
        super().__init__(pool)
        self._read = read

    async def list_unhandled_severe(self) -> Sequence[Report]:
        return self._read


async def test_the_incident_that_paused_a_trial_stays_marked_after_another_process(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    reports, by = PostgresReports(pilots.pool), Reporter("x", "partner")

    async def report() -> Slow:
        """An incident pauses the trial. Returns the reports as a slow process has read them."""
        await reports.add("alertes", "incident", "severe", "…", by=by, at=pilots.clock.now())
        slow = Slow(pilots.pool, await reports.list_unhandled_severe())
        assert await stop_for_incidents(desk=pilots.desk, reports=reports) == ["alertes"]
        return slow

    async def marked() -> list[bool]:
        return [each.paused_trial for each in await reports.list_of("alertes", limit=9)]

    # Two processes handle it.
    slow = await report()
    await pilots.change("POST", "/resume", {"reason": "Corrigé."})
    await pilots.change("POST", "/pause", {"reason": "Panne."})
    assert await stop_for_incidents(desk=pilots.desk, reports=slow) == []
    assert await marked() == [True]
    # One is killed before it marks it.
    await pilots.change("POST", "/resume", {"reason": "Corrigé."})
    await report()
    await pilots.pool.execute("UPDATE report SET stopped_at = NULL, paused_trial = false")
    assert await stop_for_incidents(desk=pilots.desk, reports=reports) == []
    assert await marked() == [True, False]  # the trial is paused for the last one
    assert await reports.list_unhandled_severe() == []


async def test_reports_that_cannot_be_are_refused_in_words(pilots: Lab) -> None:
    await pilots.reach_stage("trial")

    async def report(who: tuple[str, str] = HOLDER, **fields: Any) -> tuple[int, str]:
        body = {"kind": "comment", "said": "Utile."} | fields
        answer = await pilots.request("POST", "/pilots/alertes/reports", body, who=who)
        return answer.status, "" if answer.status == 201 else answer.detail

    assert await report(kind="incident") == (
        400,
        "Dites la gravité de l’incident : minor, moderate ou severe.",
    )
    assert await report(severity="severe") == (400, "Seul un incident a une gravité.")
    assert (await report(fields=" "))[0] == 400
    assert (await report(fields="a" * 4_001))[0] == 400
    assert (await report(SOMEBODY))[0] == 403
    assert (await report(ANONYMOUS))[0] == 401
    for _ in range(MAX_PER_DAY):
        assert await report() == (201, "")
    status, detail = await report()
    assert status == 429
    assert "20 signalements" in detail
    assert await report(PARTNER) == (201, "")
    # After many comments a danger can still be reported.
    assert await report(kind="incident", severity="severe") == (201, "")
