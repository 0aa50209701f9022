"""Questionnaires by page: written, previewed, changed until somebody has answered."""

import re
from typing import Any

import pytest
from page_texts import french_texts, texts_in
from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, OTHER_COORDINATOR, PROTOCOL, Lab
from pydantic import ValidationError
from survey_form import SURVEY
from visitors import Visitor, codes

from pilotes.lab.api.long_forms import wrong_fields
from pilotes.lab.api.protocol_values import with_identifiers
from pilotes.lab.api.survey_form import (
    NEW_SURVEY,
    survey_content,
    survey_fields,
    survey_values,
    with_new_question,
)
from pilotes.lab.domain.blocks import MOST, blocks_of
from pilotes.surveys.api.questionnaires import SurveyDraft

PAGE = "/lab/pilotes/alertes"
CONTENTS: list[dict[str, Any]] = [
    {"title": "Le SUS", "sus": True},
    SURVEY,
    SURVEY | {"sus": False, "after_days": [28]},
    SURVEY | {"nps": False, "occasions": ["debut", "fin"], "after_days": [0, 28]},
    SURVEY | {"occasions": ["debut", "fin"]},
    {"title": "Un nom long", "nps": True, "occasions": ["a" * 48, "b"], "after_days": [1, 2]},
]


@pytest.mark.parametrize("content", CONTENTS)
def test_a_questionnaire_that_is_displayed_and_sent_is_the_same(content: dict[str, Any]) -> None:
    survey = SurveyDraft.model_validate(content).survey("sortie")
    displayed = survey_fields(survey_values(survey), new=False)
    typed = with_identifiers({each.name: each.value for each in displayed})
    assert SurveyDraft.model_validate(survey_content(typed)).survey("sortie") == survey


def test_every_field_of_the_model_is_in_the_form() -> None:
    names = {each.name for each in survey_fields(NEW_SURVEY, new=True)}
    for name in SurveyDraft.model_fields:
        if name not in ("questions", "after_days"):
            assert name in names, name


@pytest.mark.parametrize(
    ("occasions", "found"),
    [
        ("", (["unique"], [])),
        ("28", (["unique"], ["28"])),
        ("0\n28", (["jour-0", "jour-28"], ["0", "28"])),
        ("Au début : 0\n fin : 28 ", (["au-debut", "fin"], ["0", "28"])),
        ("debut : 0\nfin", (["debut", "fin"], ["0", ""])),
        ("28 jours", (["unique"], ["28"])),
        ("J+28", (["unique"], ["28"])),
        ("1 jour\nj28\njour-90", (["jour-1", "jour-28", "jour-90"], ["1", "28", "90"])),
        ("debut = 0 j\nfin : J+28", (["debut", "fin"], ["0", "28"])),
        ("Au début\nvisite-2", (["au-debut", "visite-2"], [])),
        ("4 semaines", (["jour-4-semaines"], ["4 semaines"])),
        ("J-7", (["j-7"], ["J-7"])),
    ],
)
def test_occasions_are_lines(occasions: str, found: tuple[list[str], list[str]]) -> None:
    content = survey_content({"occasions": occasions})
    assert (content["occasions"], content["after_days"]) == found


def test_a_name_that_reads_as_a_day_stays_a_name() -> None:
    content = {"title": "Le NPS", "nps": True, "occasions": ["j0", "j28"]}
    survey = SurveyDraft.model_validate(content).survey("sortie")
    again = SurveyDraft.model_validate(survey_content(survey_values(survey))).survey("sortie")
    assert again.days_by_occasion == survey.days_by_occasion


def test_questions_are_named_and_their_mistakes_are_at_their_fields() -> None:
    typed = with_identifiers({"question_1_label": "SUS", "question_2_label": "SUS !"})
    assert [each["id"] for each in blocks_of(typed, "question")] == ["sus-2", "sus-3"]
    assert blocks_of(with_identifiers(NEW_SURVEY), "question") == []
    more = NEW_SURVEY
    for _ in range(MOST["question"] + 2):
        more = {**with_new_question(more), "question_1_label": "Une"}
        number = len(blocks_of(more, "question")) + 1
        more |= {f"question_{number}_label": "Encore"} if number <= MOST["question"] else {}
    assert len(blocks_of(more, "question")) == MOST["question"]
    wrong = {"title": "", "occasions": "fin : demain"} | typed | {"question_1_low": "bas"}
    with pytest.raises(ValidationError) as refused:
        SurveyDraft.model_validate(survey_content(wrong))
    names = [each.name for each in survey_fields(wrong, new=False)]
    assert {"title", "occasions", "question_1_low"} <= wrong_fields(refused.value, names)


async def test_a_questionnaire_is_written_previewed_and_changed_by_page(pilots: Lab) -> None:
    await pilots.reach_stage("ready")
    first, second = Visitor(pilots, COORDINATOR), Visitor(pilots, OTHER_COORDINATOR)
    path = f"{PAGE}/questionnaires"
    assert f'href="{path}"' in (await first.go(PAGE)).text
    page = await first.go(path)
    assert "Aucun questionnaire n'est encore écrit" in page.words
    form = page.hidden | {
        "title": "À la sortie",
        "id": "sortie",
        "sus": "yes",
        "occasions": "28",
        "question_1_label": "Attendez-vous <b>moins</b> ?",
        "question_1_kind": "scale",
        "question_1_low": "0",
        "question_1_high": "3",
    }
    preview = await first.go(path, form | {"do": "review"})
    assert "Ce système est facile à utiliser" in preview.words
    assert "Attendez-vous <b>moins</b> ? De 0 à 3. 0 1 2 3" in preview.words
    assert "Une fois : 28 jours après l'accord" in preview.words
    english = await Visitor(pilots, COORDINATOR, language="en").go(path, form | {"do": "review"})
    assert not set(french_texts()) & texts_in(english.text, "en")
    assert "Once : 28 days after the consent" in english.words
    twice = form | {"occasions": "debut\nfin", "do": "review"}
    assert "debut : tout de suite fin : tout de suite" in (await first.go(path, twice)).words
    unread = await first.go(path, form | {"occasions": "debut\n28 jours", "do": "review"})
    assert 'id="occasions-erreur"' in unread.text
    empty = await first.go(path, page.hidden | {"title": "Rien", "do": "review"})
    assert "il ne demande rien" in empty.words
    listed = (await pilots.request("GET", "/pilots/alertes/surveys")).json["surveys"]
    assert listed == []
    assert "Le questionnaire est enregistré" in (await first.go(path, form | {"do": "send"})).words
    taken = await first.go(path, form | {"do": "send"})
    assert (taken.status, "porte déjà ce nom court" in taken.words) == (409, True)
    # Two editors: each question is merged by its name.
    own = f"{PAGE}/questionnaire/sortie"
    assert f'href="{own}"' in (await first.go(path)).text
    opened, late = await first.go(own), await second.go(own)
    typed = {name: each for name, each in form.items() if name not in (*opened.hidden, "id")}
    done = await first.go(own, opened.hidden | typed | {"occasions": "30", "do": "send"})
    assert "Le questionnaire est enregistré" in done.words
    merged = await second.go(own, late.hidden | typed | {"title": "À la fin", "do": "send"})
    assert (merged.status, merged.title) == (409, "Vous êtes deux à écrire")
    assert merged.hidden["occasions"] == "30"
    done = await second.go(own, merged.hidden | {"do": "send"})
    assert "Le questionnaire est enregistré" in done.words
    (survey,) = (await pilots.request("GET", "/pilots/alertes/surveys")).json["surveys"]
    assert (survey["title"], survey["after_days"]) == ("À la fin", [30])
    assert [each["text"] for each in survey["questions"]] == ["Attendez-vous <b>moins</b> ?"]
    for unknown in ("autre", "%00", "x" * 60):
        assert (await first.go(f"{PAGE}/questionnaire/{unknown}")).status == 404
    assert (await Visitor(pilots, HOLDER).go(own)).status == 302


async def test_a_trial_goes_on_measuring_and_answers_fix_a_questionnaire(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor, own = Visitor(pilots, COORDINATOR), f"{PAGE}/questionnaire/sortie"
    page = await visitor.go(own)
    form = page.hidden | {"title": "À la sortie", "nps": "yes", "occasions": "28", "do": "review"}
    assert "ce n'est pas un amendement" in (await visitor.go(own, form)).words
    refused = await visitor.go(own, form | {"do": "send"})
    assert refused.status == 409
    assert "est un amendement : « Facilité d'usage »" in refused.words
    # The measure reads the first answer within its window: when it is asked is part of it.
    moved = refused.hidden | form | {"sus": "yes", "occasions": "14", "do": "send"}
    assert "est un amendement : « Facilité d'usage »" in (await visitor.go(own, moved)).words
    changed = await visitor.go(own, refused.hidden | form | {"sus": "yes", "do": "send"})
    assert "Le questionnaire est enregistré" in changed.words
    opened = await visitor.go(own)
    person = Visitor(pilots, ANONYMOUS)
    (code,) = await codes(pilots)
    await person.enrol(code)
    pilots.clock.advance(28 * 86_400)
    path = "/participer/questionnaires/alertes/sortie"
    answers = {f"sus-{place}": "3" for place in range(1, 11)} | {"nps": "9"}
    assert "Merci" in (await person.go(path, answers)).words
    late = await visitor.go(
        own, opened.hidden | form | {"title": "Trop tard", "sus": "yes", "do": "send"}
    )
    assert late.status == 409
    assert "ont déjà répondu" in late.words
    assert "Trop tard" in late.text
    assert not re.search(r"<button", late.text.partition("<main")[2])
    english = await Visitor(pilots, COORDINATOR, language="en").go(own)
    assert "People have already answered this questionnaire" in english.words
    assert PROTOCOL["indicators"][1]["source"] == "survey:sortie:sus"
