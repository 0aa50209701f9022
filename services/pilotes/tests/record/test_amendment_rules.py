"""What an amendment, or another notice, changes for participants; and old trials that amend."""

from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

from people_world import notice
from pilot_lab import PILOT, PROTOCOL

from pilotes.record.api.pilot_models import ProcessingBody
from pilotes.record.api.protocol_models import ProtocolBody
from pilotes.record.domain.amendments import (
    amended_terms,
    requires_new_consent,
    substantial_changes,
    terms_in_force,
)
from pilotes.record.domain.notice import Notice
from pilotes.record.domain.protocol_checks import mistakes_of, mistakes_of_amendment
from pilotes.record.domain.readings import Reading


def test_a_notice_with_any_other_content_needs_a_new_consent() -> None:
    before = notice("alertes")
    for each in fields(Notice):
        value = getattr(before, each.name)
        other: Any = not value
        if isinstance(value, str | tuple):
            other = (*value, "x") if isinstance(value, tuple) else value + " x"
        # It is in French, of one pilot; the former one has no legal basis and no other reading.
        new = ("legal_basis", "easy", "english")
        same = each.name in ("pilot_id", "version", "language", "contact", *new)
        assert requires_new_consent(before, replace(before, **{each.name: other})) is not same
    stated = replace(before, legal_basis="consentement")
    assert requires_new_consent(stated, replace(stated, legal_basis="contrat"))
    texts = dict.fromkeys(("title", "summary", "asked", "benefits", "risks"), "Un texte.")
    easy = Reading(**texts, arms=("Rien.", "Un message."), data=("Vos trajets.",))
    read = replace(before, easy=easy)
    assert requires_new_consent(read, replace(read, easy=replace(easy, risks="Un autre.")))


def test_a_trial_that_is_older_than_a_rule_can_be_amended() -> None:
    emptied = [PROTOCOL["arms"][0] | {"weight": 10_000}, PROTOCOL["arms"][1] | {"weight": 0}]
    unknown = PROTOCOL["indicators"][0] | {"source": "use:board-viewed"}
    old = ProtocolBody(
        **PROTOCOL | {"arms": emptied, "indicators": [unknown, PROTOCOL["indicators"][1]]}
    ).protocol()
    assert len(mistakes_of(old)) == 2
    assert mistakes_of_amendment(old, replace(old, eligibility="Tous.")) == ()
    assert len(mistakes_of_amendment(old, replace(old, routes=()))) == 1
    # It kept a field that its routes contradict: an amendment gives it the other one, and says so.
    health = replace(old, routes=("/fhir",))
    entry = ProcessingBody(**PILOT["processing"]).processing()
    pilot: Any = SimpleNamespace(field="mobilite", processing=entry)
    changes = substantial_changes(
        terms_in_force(pilot, health), amended_terms(pilot, health, replace(entry, contact=""))
    )
    assert changes == ("le domaine",)


def test_of_the_primary_indicator_only_the_words_change_during_a_trial() -> None:
    before = ProtocolBody(**PROTOCOL).protocol()
    (primary,) = [each for each in before.indicators if each.role == "primary"]
    others = tuple(each for each in before.indicators if each is not primary)
    reworded = replace(before, indicators=(replace(primary, label="Autrement dit"), *others))
    assert mistakes_of_amendment(before, reworded) == ()
    longer = replace(primary, window_days=primary.window_days + 1)
    changed = mistakes_of_amendment(before, replace(before, indicators=(longer, *others)))
    assert changed == ("l'indicateur principal ne change plus après le début de l'essai",)


def test_a_trial_that_moves_is_another_trial_for_its_participants() -> None:
    before = ProtocolBody(**PROTOCOL | {"territories": ["Orléans", "Orléans"]}).protocol()
    assert mistakes_of(before) == ("le territoire « Orléans » est écrit deux fois",)
    pilot: Any = SimpleNamespace(
        field="mobilite", processing=ProcessingBody(**PILOT["processing"]).processing()
    )
    for territories in ((), ("Orléans", "Tours")):
        after = amended_terms(pilot, replace(before, territories=territories), pilot.processing)
        assert substantial_changes(terms_in_force(pilot, before), after) == ("le territoire",)
