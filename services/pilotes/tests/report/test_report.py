"""Reports as documents: no text is run or read as markup, and none is left out."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from report_material import (
    ARMS,
    AT,
    BACK,
    DAYS,
    DID,
    LATE,
    PAGE,
    everybody_reads,
    material,
    protocol,
    words,
)

from pilotes.disclosure.domain.tranches import DisclosedFigures
from pilotes.french.domain import format_day, format_instant, format_magnitude
from pilotes.record.domain.detectable_effects import detectable_effects, sentence_of_limit
from pilotes.record.domain.draws.designs import Design
from pilotes.report.api.report import report_page
from pilotes.report.domain.breaches import Breach
from pilotes.report.domain.compose import compose_report
from pilotes.report.domain.document import (
    Curve,
    Heading,
    Points,
    Table,
)
from pilotes.report.domain.ending import early_end
from pilotes.report.domain.material import ReportedDecision, ReportMaterial
from pilotes.results.domain.cost import Cost
from pilotes.results.domain.estimates import estimate_figures
from pilotes.results.domain.looks import ended_early
from pilotes.safety.domain.guardrails import breach_reason
from pilotes.statistics.domain.verdict import GuardrailState
from pilotes.usage.domain.measures import PROCESSOR
from pilotes.wiring.pages import make_pages


def test_a_report_states_what_was_found_what_was_not_and_what_is_undisclosed() -> None:
    report_text = words(compose_report(material(did=(125, 200))))
    for expected in (
        "Verdict favorable : mieux que le groupe de comparaison, de +30,0 points.",
        "Non concluant : l'essai ne permet pas de trancher.",
        "La limite acceptée (un écart de +1,00) est franchie.",
        "comptée comme partie si elle ne revient pas pendant 14 jours",
        "Pas de résultat montré",
        "version 2, le 2 mars 2026 : Un arrêt de plus.",
        "Plan de généralisation : GED/7. Deux agents.",
        "Le coût n'a pas été déclaré",
        "Il faut une hausse de 16 points pour la voir.",
        "mise en pause",
        "Encore là (à 95 %)",
        "Requêtes utiles",
        "7 avis reçus : 4 publiés, 1 non publié, 2 en attente.",
        f"Lire les avis, donner le sien : {PAGE}",
    ):
        assert expected in report_text, expected


def test_the_first_lines_state_the_verdicts_and_the_pause() -> None:
    def first(content: ReportMaterial) -> Sequence[str]:
        title, points, *_ = compose_report(content).blocks
        assert title == Heading("En bref")
        assert isinstance(points, Points)
        return points.items

    favourable = material(did=(125, 200))
    verdict, guardrail = first(favourable)
    assert re.fullmatch(
        r"Sur « A suivi un départ », c'est mieux avec « =CMD\|calc » qu'avec « Comme avant »\."
        r" Écart de \+30,0 points ; la vraie valeur est dans cette"
        r" fourchette 95 fois sur 100 : de \+\d+,\d à \+\d+,\d points\.",
        verdict,
    )
    assert guardrail == "Garde-fou « Attente » : la limite acceptée est franchie."
    (unclear, _) = first(material(did=(125, 127)))
    assert unclear.startswith("Sur « A suivi un départ », on ne peut pas dire si c'est mieux avec")
    assert "Écart de +0,8 point ;" in unclear
    worse = first(material(did=(200, 100)))[0]
    assert worse.startswith("Sur « A suivi un départ », c'est moins bien avec")
    # Everybody reads about harm next to what is better.
    assert everybody_reads(favourable) == [verdict, guardrail]
    stopped = replace(favourable, pilot=replace(favourable.pilot, stage="trial", paused=True))
    pause, under_way, *_ = first(stopped)
    assert pause == "L'essai est en pause depuis le 2 mars 2026. Panne."
    assert under_way.startswith("L'essai n'est pas fini : ces résultats peuvent encore changer.")
    assert "rien n'est conclu" in first(material(did=(125, 200), ratio_as_planned=False))[0]
    nothing = estimate_figures(
        favourable.protocol,
        DisclosedFigures(0, {}, {}, {}),
        arms=ARMS,
        design=favourable.protocol,
        ratio_as_planned=True,
        k=5,
    )
    (hidden,) = first(replace(favourable, figures=nothing))
    assert "pas de résultat montré" in hidden


def test_a_trial_that_was_stopped_states_it_among_its_first_lines() -> None:
    content = material(did=(125, 127))
    pilot = replace(content.pilot, stage="closed", finished_at=AT.replace(month=5))
    stop = ReportedDecision(
        "stage", AT, "passage à l'étape « arrêt »", "Trop peu de monde.", "stop"
    )
    stopped = replace(content, pilot=pilot, decisions=[*content.decisions, stop])
    _, points, *_ = compose_report(stopped).blocks
    assert ("Essai fini le", "2 mai 2026") in _table(stopped, "L'essai")
    assert isinstance(points, Points)
    assert points.items[-2:] == (
        "L'essai a fini le 2 mai 2026, avant la date prévue, le 2 septembre 2026.",
        "Décision : on s'arrête là, ce qui a été essayé n'est pas étendu. Trop peu de monde.",
    )
    # Also if an amendment brought the end forward.
    amended = replace(stopped, protocol=replace(stopped.protocol, ends_at=AT.replace(month=5)))
    for each in (stopped, amended):
        assert everybody_reads(each)[-1] == points.items[-2]


def test_a_trial_that_ends_at_most_a_day_before_its_planned_date_is_not_stopped_early() -> None:
    over = AT.replace(month=5)
    pilot = replace(material(did=(125, 127)).pilot, finished_at=over)
    a_day, more = over + timedelta(days=1), over + timedelta(days=1, seconds=1)
    assert (early_end(pilot, a_day), ended_early(over, a_day)) == (None, False)
    assert (early_end(pilot, more) is None, ended_early(over, more)) == (False, True)


def test_everybody_reads_why_there_is_no_result() -> None:
    content = material(did=(125, 127))
    nothing = replace(content, figures=replace(content.figures, figures=()))
    assert everybody_reads(nothing) == [
        "Pas de résultat montré : trop peu de personnes sont allées au bout, ou trop peu pour l'une"
        " des réponses possibles."
    ]
    # The result of places comes once their late events have.
    over = replace(content.pilot, finished_at=content.protocol.ends_at)
    by_place = replace(content.protocol, design=Design("cluster"))
    placed = replace(nothing, pilot=over, protocol=by_place)
    for minutes, expected in ((59, "Pas de résultat montré pour l'instant"), (60, "trop peu")):
        as_of = content.protocol.ends_at + timedelta(minutes=minutes)
        (found,) = everybody_reads(replace(placed, as_of=as_of))
        assert expected in found
    primary, *_ = content.figures.figures
    alike = replace(primary.contrasts[0], estimate=None, low=None, high=None)
    figures = replace(content.figures, figures=(replace(primary, contrasts=(alike,)),))
    (found,) = everybody_reads(replace(content, figures=figures))
    assert found.endswith("trop peu de personnes, ou toutes ont la même valeur.")


def test_a_report_is_written_as_people_write_in_french() -> None:
    report_text = words(compose_report(material(did=(125, 127))))
    assert "+0,8 point (de " in report_text
    assert "50,8\u202f% (de " in report_text
    for unit in ("50\u202f%", "1\u202f000,0\u202fms", "100\u202f000 personnes"):
        assert unit in report_text, unit
    assert not re.search(r"\d\.\d", report_text.replace("2103.06476", ""))
    midnight = AT.replace(hour=23, minute=30)
    assert (format_day(midnight), format_instant(midnight)) == (
        "3 mars 2026",
        "3 mars 2026 à 0\u00a0h\u00a030",
    )
    assert [format_magnitude(each) for each in (967_879, 9_961, 14, 3.2)] == [
        "970\u202f000",
        "10\u202f000",
        "14",
        "3",
    ]


def test_a_report_states_where_a_trial_is_if_its_protocol_does() -> None:
    content = material(did=(125, 200))
    assert "Où" not in [row[0] for row in _table(content, "L'essai")]
    stated = replace(content.protocol, territories=("Orléans", "Ligne A"))
    assert ("Où", "Orléans, Ligne A") in _table(replace(content, protocol=stated), "L'essai")


def test_a_broken_draw_and_a_harm_are_reported_as_plainly() -> None:
    report_text = words(compose_report(material(did=(200, 100))))
    assert (
        "Verdict défavorable : moins bien que le groupe de comparaison, de −40,0 points."
        in report_text
    )
    broken = words(compose_report(material(did=(200, 100), ratio_as_planned=False)))
    assert "Verdict défavorable" not in broken
    assert "les groupes ne sont pas comparables" in broken
    # The first lines do not give a difference either, and a breached guardrail is not a conclusion.
    assert "95 fois sur 100 :" not in broken
    assert "les garde-fous sont surveillés quand même" in broken


def test_a_report_explains_its_words_and_uses_none_of_its_statisticians() -> None:
    opinion = ReportedDecision("opinion", AT, "avis du Cr'Num", "Utile.")
    content = replace(material(did=(125, 200)), decisions=[opinion])
    report_text = words(compose_report(content))
    for jargon in ("bras", "témoin", "porteur", "bus de messages", "enchaînées"):
        assert not re.search(rf"(?i)\b{jargon}\b", report_text), jargon
    for explained in (
        "SUS : un questionnaire de dix phrases sur la facilité d'usage",
        "une note de 0 à 100",
        "Le Cr'Num est le comité indépendant",
        "le seuil est rendu plus sévère parce que plusieurs questions sont posées (correction de"
        " Holm)",
        "Le groupe de comparaison continue comme avant.",
    ):
        assert explained in report_text, explained
    assert report_text.index("Le Cr'Num est") < report_text.index("avis du Cr'Num")


def test_a_difference_that_several_questions_leave_open_is_explained() -> None:
    """Its interval is that of one question: it has no zero although the verdict is inconclusive."""
    content = material(did=(125, 200))
    first, back, *others = content.figures.figures
    (contrast,) = back.contrasts
    clear = replace(contrast, estimate=0.1, low=0.01, high=0.2)
    figures = replace(content.figures, figures=(first, replace(back, contrasts=(clear,)), *others))
    report_text = words(compose_report(replace(content, figures=figures)))
    assert "Non concluant : pris seul, cet écart serait net" in report_text
    assert "Non concluant : l'essai ne permet pas de trancher." not in report_text


def test_a_pause_and_figures_that_do_not_have_its_reason_yet_agree() -> None:
    """A guardrail is watched over all participants, a report has those of complete batches."""
    content = material(did=(125, 200))
    *others, late, score = content.figures.figures
    (contrast,) = late.contrasts
    unclear = replace(contrast, guard=GuardrailState.WATCHED)
    reason = breach_reason(LATE, content.protocol.arms[1])
    paused = replace(
        content,
        pilot=replace(content.pilot, stage="trial", paused=True),
        decisions=[ReportedDecision("pause", AT, "mise en pause", reason)],
        breaches=[Breach(AT, reason, LATE.id, "alerte")],
        figures=replace(
            content.figures, figures=(*others, replace(late, contrasts=(unclear,)), score)
        ),
    )
    _, points, *_ = compose_report(paused).blocks
    assert isinstance(points, Points)
    assert points.items[0].endswith(
        "Le garde-fou « Attente » est franchi dans le groupe « =CMD|calc »."
    )
    assert points.items[-1].startswith(
        "Garde-fou « Attente » : la limite acceptée est franchie si l'on compte tous"
    )


def test_a_report_does_not_predict_what_it_has_found() -> None:
    """A target smaller than the detectable effect is announced before the trial, not after it."""
    small = replace(DID, target=0.52)
    content = protocol(small)
    (before, *_) = detectable_effects(content)
    assert before.sentence.endswith("attendez-vous à « non concluant ».")
    assert "attendez-vous" not in sentence_of_limit(small, content)
    assert before.sentence.startswith(sentence_of_limit(small, content))


def _table(content: ReportMaterial, caption: str) -> tuple[tuple[str, ...], ...]:
    (found,) = [
        e for e in compose_report(content).blocks if isinstance(e, Table) and e.caption == caption
    ]
    return tuple(found.rows)


def test_energy_is_processor_time_measured_by_useful_request_and_watts_as_declared() -> None:
    stated = material(did=(125, 130), cost=Cost(12_000, 40, watts_per_core=12))
    # 1,000 requests × 3 ms × 12 W = 36 J = 0.01 Wh
    assert _table(stated, "Énergie") == (
        ("Comme avant", "3,00\u202fms", "0,010\u202fWh"),
        ("=CMD|calc", "1,20\u202fms", "0,004\u202fWh"),
    )
    report_text = words(compose_report(stated))
    assert "12\u202f000\u202f€" in report_text
    assert (
        "Celui de la base de données, du réseau et des messages entre services n'y est pas."
        in report_text
    )


def test_without_watts_energy_is_not_estimated_and_without_a_measure_not_reported() -> None:
    undeclared = material(did=(125, 130), cost=Cost(12_000, 40))
    for each in (undeclared, material(did=(125, 130))):
        assert [row[1:] for row in _table(each, "Énergie")] == [
            ("3,00\u202fms", "puissance non déclarée"),
            ("1,20\u202fms", "puissance non déclarée"),
        ]
    for lost in PROCESSOR:
        unmeasured = compose_report(material(did=(125, 130), without=lost))
        assert "Énergie" not in [e.caption for e in unmeasured.blocks if isinstance(e, Table)]
        assert "Requêtes utiles" in words(unmeasured)


def test_retention_s_curve_is_what_its_cells_count_out() -> None:
    content = material(did=(125, 125)).figures
    steps = next(each for each in content.figures if each.indicator is BACK).arms[0].curve
    assert [(step.day, step.at_risk, step.left) for step in steps] == [
        (DAYS[0], 250, 20), (DAYS[1], 230, 30), (DAYS[2], 200, 25), (DAYS[3], 175, 25),
    ]  # fmt: skip
    assert [step.share for step in steps] == pytest.approx([0.92, 0.8, 0.7, 0.6])


def test_the_page_escapes_and_names_its_tables() -> None:
    document = compose_report(material(did=(125, 200)))
    page = bytes(
        report_page(make_pages("https://lab.example"), document, address="/r").body
    ).decode()
    assert "<b>prévenu" not in page
    (shared,) = re.findall('<meta property="og:description" content="(.*)">', page)
    assert "c’est mieux avec" in shared
    assert shared.endswith("la limite acceptée est franchie.")
    captions = re.findall(r'<caption id="(tableau-\d+)">[^<]', page)
    framed = re.findall(r'tabindex="0" aria-labelledby="(tableau-\d+)">\n<table>', page)
    assert captions == framed == sorted(set(captions), key=captions.index)
    assert len(captions) > 3
    assert '<th scope="col"></th>' not in page
    assert page.count('scope="col"') > 6
    assert page.count('scope="row"') > 6


def test_each_difference_and_the_people_are_drawn_with_the_line_that_decides() -> None:
    document = compose_report(material(did=(125, 200)))
    curves = [each for each in document.blocks if isinstance(each, Curve)]
    people, did, back, late = curves
    assert people.summary == (
        "Personnes dans l'essai, semaine par semaine : au moins 200 le 2 mars 2026. En tirets, les"
        " 500 prévues."
    )
    assert people.chart.limit is not None
    assert "+30,0 points" in did.summary
    assert did.summary.endswith("La ligne qui décide est celle de zéro.")
    assert (did.chart.limit, back.chart.limit) == (None, None)
    assert late.summary.endswith("La ligne qui décide est celle de la limite, en tirets.")
    assert late.chart.limit is not None
    for each in curves:
        assert len(each.table.rows) == len(each.chart.places)
    html = bytes(report_page(make_pages("https://lab.example"), document, address="/r").body)
    assert html.count(b'role="img"') == 4
    assert html.count(b"graphe-limite") == 2


def test_incidents_are_counted_without_revealing_who_reported() -> None:
    """One severe, 23 minor: beside the total, 23 would reveal the others; it is suppressed too."""
    blocks = compose_report(material(did=(125, 200))).blocks
    table = next(e for e in blocks if isinstance(e, Table) and e.caption == "Par gravité")
    assert [row[1] for row in table.rows] == ["moins de 5, ou caché"] * 3
