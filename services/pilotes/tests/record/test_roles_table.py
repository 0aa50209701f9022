"""Permissions and visibility: every role with every action and section, from the one table."""

from typing import Any, Final

import pytest
from pilot_lab import (
    ANONYMOUS,
    COORDINATOR,
    HOLDER,
    JUDGE,
    NOTICE,
    PARTICIPANT,
    PARTNER,
    PILOT,
    PROTOCOL,
    SOMEBODY,
    Lab,
)
from visitors import Visitor, codes

from pilotes.record.domain.roles import (
    ACTIONS,
    PERMISSIONS,
    ROLES,
    SECTIONS,
    VISIBILITY,
    Action,
    Role,
    Section,
)
from socle.cursors import encode_cursor, encode_text_cursor

WHO: Final[dict[Role, tuple[tuple[str, str], ...]]] = {
    "coordinator": (COORDINATOR,),
    "project_holder": (HOLDER,),
    "crnum_member": (JUDGE,),
    "partner": (PARTNER,),
    "participant": (PARTICIPANT,),
    "public": (SOMEBODY, ANONYMOUS),
}
SHEET = {name: value for name, value in PILOT.items() if name != "id"}
MEMBER = {"role": "partner", "name": "Nouvelle"}
AMENDMENT = {"protocol": PROTOCOL, "reason": "Pour voir."}
EVIDENCE = {"kind": "impact_assessment", "reference": "GED/aipd"}
OPINION = {"opinion": "favorable", "motives": "Oui."}
REASON = {"reason": "Pour voir."}
# The request of each action. Whether the action is possible now is another matter: 409.
REQUESTS: Final[dict[Action, tuple[str, str, Any]]] = {
    "create": ("POST", "/pilots", PILOT | {"id": "nouveau"}),
    "describe": ("PUT", "/pilots/alertes", SHEET),
    "name_members": ("PUT", "/pilots/alertes/members/nouvelle", MEMBER),
    "write_protocol": ("PUT", "/pilots/alertes/protocol", PROTOCOL),
    "freeze_protocol": ("POST", "/pilots/alertes/protocol/freeze", None),
    "amend_protocol": ("POST", "/pilots/alertes/protocol/amendments", AMENDMENT),
    "show_effects": ("POST", "/pilots/alertes/effects", None),
    "give_evidence": ("POST", "/pilots/alertes/evidence", EVIDENCE),
    "give_opinion": ("POST", "/pilots/alertes/opinion", OPINION),
    "open_gate": ("POST", "/pilots/alertes/stage", {"to": "evaluation"}),
    "pause": ("POST", "/pilots/alertes/pause", REASON),
    "resume": ("POST", "/pilots/alertes/resume", REASON),
    "write_survey": ("PUT", "/pilots/alertes/surveys/fin", {"title": "À la fin", "nps": True}),
    "report": ("POST", "/pilots/alertes/reports", {"kind": "comment", "said": "Utile."}),
    "read_reports": ("GET", "/pilots/alertes/reports", None),
    "inform": ("POST", "/pilots/alertes/notices", NOTICE),
    "invite": ("POST", "/pilots/alertes/invitations", {"label": "Lettres"}),
    "read_register": ("GET", "/processing-register", None),
    "contribute": ("POST", "/contributions", {"pilot_id": "alertes", "said": "Utile."}),
    "read_contributions": ("GET", "/pilots/alertes/contributions/received", None),
    "settle_contribution": (
        "PUT",
        "/pilots/alertes/contributions/1",
        {"state": "published", "answer": "Merci."},
    ),
}
SECTION_MARKS: Final[dict[Section, str]] = {
    "summary": "",
    "project": "",
    "processing": "",
    "protocol": "/protocols",
    "gates": "/gates",
    "decisions": "/decisions",
    "signatures": "/decisions",
    "evidence": "/evidence",
    "members": "/members",
}


@pytest.fixture
async def running(pilots: Lab) -> Lab:
    """A pilot whose trial was opened, so that it is public, with one participant."""
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    assert (await Visitor(pilots, PARTICIPANT).enrol(code)).status == 200
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    return pilots


async def test_every_role_at_every_action(running: Lab) -> None:
    assert set(REQUESTS) == set(ACTIONS)
    for action in ACTIONS:
        method, path, body = REQUESTS[action]
        for role in ROLES:
            for who in WHO[role]:
                now = await running.revision()
                answer = await running.request(method, path, body, who=who, at=now)
                where = f"{action} as {role}: {answer.body!r}"
                if role in PERMISSIONS[action]:
                    assert answer.status not in (401, 403, 404), where
                else:
                    assert answer.status == (403 if who[1] else 401), where
                    assert "revient à" in answer.detail, where


async def test_every_role_sees_its_part(running: Lab) -> None:
    assert set(SECTION_MARKS) == set(SECTIONS)
    for section in SECTIONS:
        for role in ROLES:
            for who in WHO[role]:
                answer = await running.request(
                    "GET", f"/pilots/alertes{SECTION_MARKS[section]}", who=who
                )
                assert is_visible(section, answer) is (role in VISIBILITY[section]), (section, role)


def is_visible(section: Section, answer: Any) -> bool:
    """Whether the answer contains that section."""
    if answer.status != 200:
        assert answer.status in (401, 403)
        return False
    body = answer.json
    if section == "project":
        return body["hypothesis"] is not None
    if section == "processing":
        return body["processing"] is not None
    if section == "signatures":
        return all(each["jws"] and each["subject"] for each in body["decisions"])
    return True


async def test_before_its_trial_a_pilot_is_known_to_its_own_alone(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    for role in ROLES:
        for who in WHO[role]:
            known = role in ("coordinator", "project_holder", "crnum_member", "partner")
            answer = await pilots.request("GET", "/pilots/alertes", who=who)
            assert answer.status == (200 if known else 404), who
            listed = (await pilots.request("GET", "/pilots", who=who)).json["pilots"]
            assert [each["id"] for each in listed] == (["alertes"] if known else []), who
            if not known:
                # The same answer as for a missing pilot: no caller learns of it by trying.
                other = await pilots.request("GET", "/pilots/aucun", who=who)
                assert other.detail == answer.detail.replace("alertes", "aucun")
                forced = {"to": "trial"}
                answer = await pilots.request(
                    "POST", "/pilots/alertes/stage", forced, who=who, at=1
                )
                assert answer.status == 404


async def test_no_coordinator_gives_an_opinion(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    member = {"role": "crnum_member", "name": "Moi"}
    now = await pilots.revision()
    answer = await pilots.request(
        "PUT", f"/pilots/alertes/members/{COORDINATOR[1]}", member, at=now
    )
    assert answer.status == 409
    # Named by another coordinator, they still give no opinion.
    await pilots.change("PUT", f"/members/{COORDINATOR[1]}", member, who=("coordinator", "alix"))
    now = await pilots.revision()
    answer = await pilots.request("POST", "/pilots/alertes/opinion", OPINION, at=now)
    assert answer.status == 403


async def test_the_roles_table_is_served_to_everybody(pilots: Lab) -> None:
    body = (await pilots.request("GET", "/roles", who=ANONYMOUS)).json
    assert {name: set(roles) for name, roles in body["may"].items()} == PERMISSIONS
    assert {name: set(roles) for name, roles in body["sees"].items()} == VISIBILITY
    assert set(body["labels"]) == set(ROLES)


async def test_lists_are_paged_and_filtered(pilots: Lab) -> None:
    for at in range(5):
        field = "esante" if at % 2 else "mobilite"
        await pilots.request("POST", "/pilots", PILOT | {"id": f"pilote-{at}", "field": field})
    seen, cursor = [], ""
    while True:
        page = (await pilots.request("GET", f"/pilots?limit=2&cursor={cursor}")).json
        seen += [each["id"] for each in page["pilots"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"pilote-{at}" for at in range(5)]
    health = (await pilots.request("GET", "/pilots?field=esante&stage=idea")).json["pilots"]
    assert [each["id"] for each in health] == ["pilote-1", "pilote-3"]


@pytest.mark.parametrize("path", ["/pilots", "/processing-register"])
async def test_a_cursor_of_another_list_is_refused(pilots: Lab, path: str) -> None:
    for cursor in ("zzz", "alertes", encode_cursor(7), encode_text_cursor("\0")):
        answer = await pilots.request("GET", f"{path}?cursor={cursor}")
        assert answer.status == 400, cursor
        assert "reprenez à la première page" in answer.json["detail"]


async def test_a_caller_reads_their_own_subject(pilots: Lab) -> None:
    await pilots.create_pilot()
    me = (await pilots.request("GET", "/me", who=JUDGE)).json
    assert me == {
        "subject": JUDGE[1],
        "platform_role": "professional",
        "roles": {"alertes": "crnum_member"},
    }
    anonymous = (await pilots.request("GET", "/me", who=ANONYMOUS)).json
    assert anonymous == {"subject": None, "platform_role": "anonymous", "roles": {}}
