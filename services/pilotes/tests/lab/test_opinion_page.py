"""The opinion of the Cr'Num, by page: its member reads what is judged, and signs."""

import html

from page_texts import french_texts, texts_in
from pilot_lab import (
    ANONYMOUS,
    COORDINATOR,
    HOLDER,
    JUDGE,
    PARTNER,
    PILOT,
    PROTOCOL,
    SOMEBODY,
    Lab,
)
from visitors import Visitor

from pilotes.french.domain import format_day
from pilotes.lab.api.form_fields import ActionForm
from pilotes.lab.api.judged_form import JudgedForm
from pilotes.lab.api.protocol_form import protocol_fields
from pilotes.lab.api.protocol_values import protocol_values
from pilotes.lab.api.record_form import register_values
from pilotes.record.api.pilot_models import ProcessingBody
from pilotes.record.api.protocol_models import ProtocolBody

ROLES = "/lab/mes-roles"
FILE = f"{ROLES}/avis/alertes"
PAGE = "/lab/pilotes/alertes"


async def test_the_file_is_read_and_the_opinion_signed_by_its_member_alone(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    # It was asked some days after the pilot was created.
    await pilots.pool.execute("UPDATE pilot SET created_at = created_at - interval '9 days'")
    judge, coordinator = Visitor(pilots, JUDGE), Visitor(pilots, COORDINATOR)
    roles = await judge.go(ROLES)
    assert "Vous êtes un membre du Cr'Num dans cet essai" in roles.words
    awaited_since = format_day(pilots.clock.now())
    assert f"L'avis du Cr'Num est attendu depuis le {awaited_since}." in roles.words
    assert f'href="{FILE}"' in roles.text
    assert "attendu" not in (await Visitor(pilots, HOLDER).go(ROLES)).words
    assert "de rôle dans aucun essai" in (await Visitor(pilots, SOMEBODY).go(ROLES)).words
    assert "Pour le rendre : Membre-crnum." in (await coordinator.go(PAGE)).words
    for who, status in ((COORDINATOR, 403), (HOLDER, 403), (SOMEBODY, 404), (ANONYMOUS, 302)):
        assert (await Visitor(pilots, who).go(FILE)).status == status
    page = await judge.go(FILE)
    for text in (
        "C'est le premier protocole de cet essai (version 1)",
        "Prévenu avant",
        "sel détruit à la clôture",
        "Consultez vos horaires comme d'habitude",
        "GED/impact_assessment",
        "Avec 250 personnes par groupe",
        "Jusqu'à quand",
    ):
        assert text in page.words, text
    english = await Visitor(pilots, JUDGE, language="en").go(FILE)
    assert not set(french_texts()) & texts_in(english.text, "en")
    written = {"opinion": "", "motives": "Rien <b>à redire</b>."}
    refused = await judge.go(FILE, page.hidden | written)
    assert (refused.status, 'href="#opinion"' in refused.text) == (400, True)
    assert html.escape("Rien <b>à redire</b>.", quote=False) in refused.text
    # What is judged changes meanwhile: nothing is signed that was not read.
    described = PILOT["description"] | {"ethics": "Aucune."}
    record = {name: each for name, each in PILOT.items() if name != "id"}
    await pilots.change("PUT", "", record | {"description": described})
    written |= {"opinion": "reserved"}
    late = await judge.go(FILE, refused.hidden | written)
    assert late.status == 409
    assert "Quelqu'un d'autre a fait un changement" in late.words
    assert html.escape("Rien <b>à redire</b>.", quote=False) in late.text
    forged = {name: each for name, each in late.hidden.items() if name != "session"}
    for who, status in ((COORDINATOR, 409), (ANONYMOUS, 401)):
        assert (await Visitor(pilots, who).go(FILE, forged | written)).status == status
    own = (await coordinator.go(f"{PAGE}/messages")).hidden
    assert (await coordinator.go(FILE, late.hidden | written | own)).status == 403
    signed = await judge.go(FILE, late.hidden | written)
    assert "Votre avis est signé" in signed.words
    assert "attendu" not in signed.words
    story = await coordinator.go(PAGE)
    assert "Favorable avec réserves" in story.words
    assert "Rien <b>à redire</b>." in story.words
    assert "L'avis du Cr'Num est attendu" not in story.words
    again = await judge.go(FILE)
    assert "Un avis a été rendu" in again.words
    assert "Il remplacera celui qui est déjà rendu" in again.words
    await pilots.change("POST", "/effects", who=HOLDER)
    await pilots.change("POST", "/stage", {"to": "trial"})
    await amend_and_judge(pilots, judge, coordinator)


async def amend_and_judge(pilots: Lab, judge: Visitor, coordinator: Visitor) -> None:
    """An amendment of the register is proposed by page, and judged by what it changes."""
    assert "Aucun avis n'est attendu" in (await judge.go(FILE)).words
    entry = ProcessingBody.model_validate(PILOT["processing"]).processing()
    values = protocol_values(ProtocolBody.model_validate(PROTOCOL).protocol())
    form = {**values, "routes": values["routes"].split("\n"), "reason": "Un partenaire."}
    form |= register_values(entry) | {"recipients": "l'équipe du pilote\nun laboratoire"}
    path = f"{PAGE}/protocole"
    page = await coordinator.go(path)
    incomplete = await coordinator.go(path, page.hidden | form | {"security": "", "do": "review"})
    assert "il manque les mesures de sécurité" in incomplete.words
    reviewed = await coordinator.go(path, page.hidden | form | {"do": "review"})
    assert "Il change : les destinataires" in reviewed.words
    sent = await coordinator.go(path, reviewed.hidden | form | {"do": "send"})
    assert "Amendement proposé" in sent.words
    assert "Pour le rendre : Membre-crnum." in sent.words
    assert "l'avis du Cr'Num est attendu depuis le" in (await coordinator.go("/lab")).words
    page = await judge.go(FILE)
    changes = page.words.partition("Le dossier")[0]
    assert "Ce qui change depuis la version 1 du protocole" in changes
    assert "un laboratoire" in changes
    assert "Prévenu avant" not in changes
    assert "Celle-ci dit encore ce qui est en vigueur" in page.words
    written = {"opinion": "unfavorable", "motives": "Trop large."}
    assert "Votre avis est signé" in (await judge.go(FILE, page.hidden | written)).words
    # It was given: nobody waits for it, and the trial page states what it is.
    assert "avis du Cr'Num est attendu" not in (await coordinator.go("/lab")).words
    assert "L'avis du Cr'Num est défavorable" in (await coordinator.go(PAGE)).words
    assert (
        "Vous êtes un partenaire dans cet essai" in (await Visitor(pilots, PARTNER).go(ROLES)).words
    )


def test_what_is_read_has_no_settings_of_places_where_people_are_drawn() -> None:
    def names(design: dict[str, object]) -> set[str]:
        protocol = ProtocolBody.model_validate(PROTOCOL | {"design": design}).protocol()
        fields = protocol_fields(protocol_values(protocol), {})
        return {each.name for each in JudgedForm(ActionForm(fields, 0), ()).contents.fields}

    places = [{"code": f"c{each}", "label": f"Lieu {each}"} for each in range(8)]
    by_place = names({"kind": "cluster", "question": "Quel lieu ?", "places": places})
    assert {"design_kind", "design_places", "design_size_variation"} <= by_place
    by_person = names({"kind": "individual"})
    assert "design_kind" in by_person
    assert not {"design_places", "design_size_variation"} & by_person
    assert "stopping_rule" in by_person
    strata = [{"code": each, "label": each} for each in ("jeune", "autre")]
    in_blocks = names({"kind": "permuted_blocks", "question": "Quel âge ?", "strata": strata})
    assert in_blocks - by_person == {"design_question", "design_strata"}
