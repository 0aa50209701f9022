"""A breach that paused a trial is stated to everybody, also where no disclosed figure shows it."""

from dataclasses import replace
from datetime import timedelta

from report_material import AT, LATE, everybody_reads, material, protocol, words

from pilotes.report.domain.breaches import Breach
from pilotes.report.domain.compose import compose_report
from pilotes.report.domain.material import ReportedDecision
from pilotes.safety.domain.guardrails import breach_reason, is_breach_reason
from pilotes.usage.domain.measures import measure_name


def test_a_breach_that_no_figure_shows_is_stated_once_the_trial_is_over() -> None:
    reason = breach_reason(LATE, protocol(LATE).arms[1])
    assert is_breach_reason(reason)
    assert not is_breach_reason("Panne.")
    # The guard paused it again after it was resumed.
    breaches = [Breach(AT, reason), Breach(AT + timedelta(days=1), reason)]
    hidden = replace(material(did=(125, 127), without=measure_name(LATE)), breaches=breaches)
    sentence = (
        "L'essai a été mis en pause le 3 mars 2026 : le garde-fou « Attente » est franchi dans le"
        " groupe « =CMD|calc ». Tous les participants de ce jour-là étaient comptés. Les résultats"
        " montrés ne le disent pas : ils ne comptent pas les mêmes personnes."
    )
    assert everybody_reads(hidden)[-1] == sentence
    text = words(compose_report(hidden))
    assert text.count(sentence) == 1
    assert "s'il a été franchi, les premières lignes le disent." in text
    # One that the figures show is stated by them.
    visible = replace(material(did=(125, 127)), breaches=breaches)
    assert "mis en pause le" not in " ".join(everybody_reads(visible))
    # During the pause its reason is among the first lines.
    decision = ReportedDecision("pause", breaches[1].at, "mise en pause", reason)
    pilot = replace(hidden.pilot, stage="trial", paused=True)
    paused = replace(hidden, pilot=pilot, decisions=[decision])
    assert "mis en pause le" not in words(compose_report(paused)).split("Ce qui est essayé")[0]
