"""The long forms of `/lab`, over HTTP: a pilot is created, written and amended there, and two
editors lose nothing."""

import html
import re
from collections.abc import Mapping
from typing import Any

from page_texts import french_texts, texts_in
from pilot_lab import (
    ANONYMOUS,
    COORDINATOR,
    OTHER_COORDINATOR,
    PILOT,
    PROTOCOL,
    SOMEBODY,
    Lab,
)
from visitors import Page, Visitor

from pilotes.lab.api.protocol_values import protocol_values
from pilotes.record.api.protocol_models import ProtocolBody

PAGE = "/lab/pilotes/alertes"
RECORD: dict[str, str] = {
    "title": "Être prévenu avant de partir",
    "field": "mobilite",
    **PILOT["description"],
    **{
        name: value if isinstance(value, str) else "\n".join(value)
        for name, value in PILOT["processing"].items()
        if name != "retention_days"
    },
    "retention_days": "365",
}


def protocol_form(**changes: Any) -> dict[str, str | list[str]]:
    """What a browser sends of a filled form."""
    values = protocol_values(ProtocolBody.model_validate(PROTOCOL | changes).protocol())
    return {**values, "routes": values["routes"].split("\n")}


REGISTER = {name: RECORD[name] for name in PILOT["processing"]}
"""The register in the form of an amendment of a trial."""


async def opened(visitor: Visitor, path: str) -> Page:
    page = await visitor.go(path)
    assert page.status == 200, page.words
    return page


def in_fields(page: Page, name: str) -> str:
    """What a field of the page contains."""
    found = re.search(rf'<textarea id="{name}"[^>]*>([^<]*)<', page.text) or re.search(
        rf'<input [^>]*name="{name}"[^>]*value="([^"]*)"', page.text
    )
    assert found, name
    return html.unescape(found[1])


async def test_a_pilot_is_created_written_and_amended_by_forms_alone(pilots: Lab) -> None:
    visitor = Visitor(pilots, COORDINATOR)
    assert 'href="/lab/nouveau"' in (await visitor.go("/lab")).text
    start: Mapping[str, str] = {"title": "Alertes", "field": "mobilite", "owner": "Région"}
    page = await opened(visitor, "/lab/nouveau")
    refused = await visitor.go("/lab/nouveau", page.hidden | start)
    assert refused.status == 400
    assert 'href="#summary"' in refused.text
    assert 'value="Alertes"' in refused.text
    page = await visitor.go("/lab/nouveau", page.hidden | start | {"summary": "On prévient."})
    assert "L'essai est créé" in page.words
    assert f'href="{PAGE}/fiche"' in page.text
    hidden = (await opened(visitor, "/lab/nouveau")).hidden
    taken = await visitor.go("/lab/nouveau", hidden | start | {"summary": "Encore."})
    assert (taken.status, in_fields(taken, "id")) == (409, "alertes")
    for path, form, done in (
        ("fiche", RECORD, "La fiche est enregistrée"),
        ("membres", {"subject": "porteuse", "name": "Camille", "role": "project_holder"}, "donné"),
        ("membres", {"subject": "membre-crnum", "name": "Léa", "role": "crnum_member"}, "donné"),
        ("etape/codesign", {}, "passé à cette étape"),
        ("protocole", protocol_form(), "Le protocole est enregistré"),
    ):
        hidden = (await opened(visitor, f"{PAGE}/{path}")).hidden
        page = await visitor.go(f"{PAGE}/{path}", {**hidden, **form})
        assert done in page.words, page.words
    stored = (await pilots.request("GET", "/pilots/alertes/protocols")).json
    written = ProtocolBody.model_validate(PROTOCOL).protocol()
    assert [each["source"] for each in stored["versions"][0]["protocol"]["indicators"]] == [
        each.source for each in written.indicators
    ]
    members = await opened(visitor, f"{PAGE}/membres")
    assert "Camille, le porteur du projet" in members.words
    hidden = (await opened(visitor, f"{PAGE}/retrait/porteuse")).hidden
    assert "Le rôle est retiré" in (await visitor.go(f"{PAGE}/retrait/porteuse", hidden)).words
    gone = await visitor.go(f"{PAGE}/retrait/porteuse")
    assert "n'a pas, ou plus, de rôle" in gone.words


async def test_a_protocol_is_calculated_and_its_mistakes_are_at_their_fields(pilots: Lab) -> None:
    await pilots.reach_stage("codesign")
    visitor, path = Visitor(pilots, COORDINATOR), f"{PAGE}/protocole"
    page = await opened(visitor, path)
    assert in_fields(page, "arm_1_label") == "Le service habituel"
    assert "un rappel a été lu" in page.words
    form = page.hidden | protocol_form() | {"do": "review"}
    calculated = await visitor.go(path, form)
    assert "Avec 250 personnes par groupe, « A suivi un départ »" in calculated.words
    assert "Ce qui est à corriger" not in calculated.words
    wrong = await visitor.go(path, form | {"arm_2_weight": "60", "indicator_1_baseline": "demi"})
    assert wrong.status == 400
    assert 'href="#indicator_1_baseline"' in wrong.text
    assert in_fields(wrong, "indicator_1_baseline") == "demi"
    heavy = await visitor.go(path, form | {"arm_2_weight": "60,5"})
    assert "la somme des poids est 11050, elle doit être 10000" in heavy.words
    # Incomplete: a draft, but not the record.
    assert (await pilots.request("GET", "/pilots/alertes/protocols")).json["versions"] == []
    more = await visitor.go(path, form | {"do": "add_arm"})
    assert 'name="arm_3_label"' in more.text
    assert "autofocus" in more.text
    fewer = await visitor.go(path, more.hidden | protocol_form() | {"arm_1_remove": "yes"})
    assert fewer.status == 200
    assert "Le protocole est enregistré" in fewer.words


async def test_drafts_are_of_their_author_and_survive_a_session(pilots: Lab) -> None:
    await pilots.reach_stage("codesign")
    visitor, path = Visitor(pilots, COORDINATOR), f"{PAGE}/protocole"
    page = await opened(visitor, path)
    half = page.hidden | {
        "arm_1_label": "Rien",
        "arm_2_label": "Une <b>alerte</b>",
        "eligibility": "Les\r\nvoyageurs",
    }
    visitor.who = ANONYMOUS
    ended = await visitor.go(path, half | {"do": "draft"})
    assert ended.status == 401
    assert "Rien n'est perdu" in ended.words
    assert "Une &lt;b&gt;alerte&lt;/b&gt;" in ended.text
    visitor.who = COORDINATOR
    saved = await visitor.go(path, half | {"do": "draft"})
    assert "Voici votre brouillon" in saved.words
    assert in_fields(saved, "arm_2_label") == "Une <b>alerte</b>"
    assert in_fields(saved, "eligibility") == "Les\nvoyageurs"
    assert (
        "brouillon, enregistré"
        not in (await opened(Visitor(pilots, OTHER_COORDINATOR), path)).words
    )
    # Nobody else reads or writes one.
    discard = {name: value for name, value in half.items() if name != "session"}
    for who, status in ((SOMEBODY, 409), (ANONYMOUS, 401)):
        other = Visitor(pilots, who)
        assert (await other.go(path)).status == 302
        assert (await other.go(path, discard | {"do": "discard"})).status == status
    assert await pilots.pool.fetchval("SELECT count(*) FROM lab_draft") == 1
    page = await visitor.go(path, saved.hidden | {"do": "discard"})
    assert in_fields(page, "arm_2_label") == ""
    assert await pilots.pool.fetchval("SELECT count(*) FROM lab_draft") == 0


async def test_two_editors_are_offered_a_merge(pilots: Lab) -> None:
    await pilots.reach_stage("codesign")
    first, second = Visitor(pilots, COORDINATOR), Visitor(pilots, OTHER_COORDINATOR)
    path = f"{PAGE}/fiche"
    page, late = await opened(first, path), await opened(second, path)
    form = {**RECORD, **{name: in_fields(page, name) for name in ("title", "summary")}}
    changed = {"summary": "Un message.", "problem": "Le froid."}
    await first.go(path, page.hidden | form | changed)
    own = form | {"summary": "Deux <i>messages</i>.", "ethics": "Aucune."}
    merged = await second.go(path, late.hidden | own)
    assert merged.status == 409
    assert "Vous êtes deux à écrire" in merged.title
    # What both changed is chosen, the rest is merged.
    radios = re.findall(r'type="radio" name="(\w+)" value="([^"]*)"', merged.text)
    assert radios == [
        ("summary", "Deux &lt;i&gt;messages&lt;/i&gt;."),
        ("summary", "Un message."),
    ]
    assert merged.hidden["problem"] == "Le froid."
    assert merged.hidden["ethics"] == "Aucune."
    # Nothing is chosen by leaving the page: the draft leads to it again.
    page = await opened(second, path)
    assert in_fields(page, "summary") == "Deux <i>messages</i>."
    again = await second.go(path, page.hidden | own | {"do": "send"})
    assert (again.status, again.title) == (409, merged.title)
    chosen = merged.hidden | {"summary": "Un message.", "do": "merged"}
    page = await second.go(path, chosen)
    assert in_fields(page, "summary") == "Un message."
    assert in_fields(page, "problem") == "Le froid."
    done = await second.go(path, page.hidden | own | {"summary": "Un message.", "do": "send"})
    assert "La fiche est enregistrée" in done.words
    # A change of anything else is no conflict: the form comes back as it was.
    late = await opened(second, path)
    await pilots.change("PUT", "/members/autre", {"role": "partner", "name": "Autre"})
    again = await second.go(path, late.hidden | own)
    assert (again.status, again.title) == (409, "La fiche de l'essai")
    assert "La fiche est enregistrée" in (await second.go(path, again.hidden | own)).words


async def test_groups_and_measures_are_merged_by_their_identifiers(pilots: Lab) -> None:
    await pilots.reach_stage("ready")
    visitor = Visitor(pilots, OTHER_COORDINATOR, language="en")
    path = f"{PAGE}/protocole"
    late = await opened(visitor, path)
    # Somebody removes the second measure, and changes the first.
    first = PROTOCOL["indicators"][0] | {"window_days": 21}
    await pilots.change(
        "PUT", "/protocol", PROTOCOL | {"indicators": [first], "planned_per_arm": 400}
    )
    own = {"indicator_1_window_days": "10", "eligibility": "Les voyageurs."}
    # What it changed of the removed one is not dropped without its choice.
    changed = {"indicator_2_label": "Confort <i>ressenti</i>"}
    part = await visitor.go(path, late.hidden | protocol_form() | changed)
    radios = re.findall(r'type="radio" name="(\w+)" value="([^"]*)"', part.text)
    assert radios == [("indicator_2_remove", ""), ("indicator_2_remove", "yes")]
    assert "after : Confort &lt;i&gt;ressenti&lt;/i&gt;" in re.sub(r"<[^>]*>", "", part.text)
    page = await visitor.go(path, part.hidden | {"do": "merged"})
    assert in_fields(page, "indicator_2_label") == changed["indicator_2_label"]
    gone = await visitor.go(path, part.hidden | {"indicator_2_remove": "yes", "do": "merged"})
    assert 'name="indicator_2_label"' not in gone.text
    merged = await visitor.go(path, late.hidden | protocol_form() | own)
    assert merged.status == 409
    radios = re.findall(r'type="radio" name="(\w+)" value="([^"]*)"', merged.text)
    assert radios == [("indicator_1_window_days", "10"), ("indicator_1_window_days", "21")]
    assert "A removed part" in merged.words
    assert len(re.findall(r"<h1[ >]", merged.text)) == 1
    assert not re.search(r"<(style|script)|\s(style|on\w+)=", merged.text)
    assert not set(french_texts()) & texts_in(merged.text, "en")
    chosen = merged.hidden | {"indicator_1_window_days": "21", "do": "send"}
    assert (await visitor.go(path, chosen)).status == 200
    versions = (await pilots.request("GET", "/pilots/alertes/protocols")).json["versions"]
    written = versions[-1]["protocol"]
    assert (written["eligibility"], written["planned_per_arm"]) == ("Les voyageurs.", 400)
    assert [each["window_days"] for each in written["indicators"]] == [21]


async def test_an_amendment_states_what_it_sets_off_before_it_is_sent(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor, path = Visitor(pilots, COORDINATOR), f"{PAGE}/protocole"
    page = await opened(visitor, path)
    assert page.title == "Amender le protocole"
    assert ">Envoyer l" not in page.text
    reworded = page.hidden | protocol_form() | REGISTER | {"indicator_2_label": "Confort"}
    missing = await visitor.go(path, reworded | {"do": "review"})
    assert (missing.status, 'href="#reason"' in missing.text) == (400, True)
    reworded |= {"reason": "Plus clair."}
    # Not reviewed: it is displayed, and nothing is sent.
    reviewed = await visitor.go(path, reworded | {"do": "send"})
    assert "Un changement de forme" in reviewed.words
    longer = reviewed.hidden | reworded | {"planned_per_arm": "300", "do": "send"}
    # What is sent is something else than what was reviewed.
    reviewed = await visitor.go(path, longer)
    assert "Un changement pour les participants" in reviewed.words
    assert "les effectifs prévus" in reviewed.words
    assert len((await pilots.request("GET", "/pilots/alertes/protocols")).json["versions"]) == 1
    other = await visitor.go(path, longer | {"indicator_1_window_days": "21"})
    assert "l'indicateur principal ne change plus" in other.words
    assert ">Envoyer l" not in other.text
    page = await visitor.go(path, longer | reviewed.hidden)
    assert "L'amendement est envoyé" in page.words
    assert "Amendement proposé" in page.words
    page = await opened(visitor, path)
    assert "celui-ci le remplacera" in page.words
    assert in_fields(page, "planned_per_arm") == "300"
