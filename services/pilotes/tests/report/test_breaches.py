"""A breach that paused a trial is stated to everybody, also where no disclosed figure shows it."""

from dataclasses import replace
from datetime import datetime, timedelta

from report_material import AT, LATE, everybody_reads, material, protocol, words

from pilotes.record.domain.decisions import ChainEntry
from pilotes.record.domain.protocol import Arm, Protocol
from pilotes.record.flows.list_decisions import ReadDecision
from pilotes.record.ports import ProtocolVersion
from pilotes.report.domain.breaches import UNVERIFIED_PAUSE, Breach, breach_sentences
from pilotes.report.domain.compose import compose_report
from pilotes.report.domain.material import ReportedDecision
from pilotes.report.flows.list_breaches import breaches_in
from pilotes.safety.domain.guardrails import breach_reason
from pilotes.statistics.domain.verdict import GuardrailState
from pilotes.usage.domain.measures import measure_name


def test_a_breach_that_no_figure_shows_is_stated_once_the_trial_is_over() -> None:
    reason = breach_reason(LATE, protocol(LATE).arms[1])
    # The guard paused it again after it was resumed.
    breaches = [Breach(each, reason, LATE.id, "alerte") for each in (AT, AT + timedelta(days=1))]
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


def test_a_breach_is_found_by_its_guardrail_whose_label_changed() -> None:
    """Its reason has the label of the day of the pause, the report that of its last protocol."""
    before = protocol(LATE)
    renamed = replace(before, version=3, indicators=(replace(LATE, label="Temps d'attente"),))
    day = timedelta(days=1)
    versions = [_frozen(before, AT - day), _frozen(renamed, AT + 2 * day)]
    pauses = [
        _paused(AT, breach_reason(LATE, before.arms[1])),
        _paused(AT + day, "Un incident grave est signalé."),
        _paused(AT + day, breach_reason(LATE, before.arms[1]), role="coordinator"),
        _paused(AT + 3 * day, breach_reason(renamed.indicators[0], renamed.arms[1])),
        # Its clock is behind that of the replica that put the amendment in force.
        _paused(AT + day, breach_reason(renamed.indicators[0], renamed.arms[1])),
    ]
    breaches = breaches_in(pauses, versions)
    assert [(each.at, *each.contrast) for each in breaches] == [
        (at, "late", "alerte") for at in (AT, AT + 3 * day, AT + day)
    ]
    content = material(did=(125, 127))
    late = next(each for each in content.figures.figures if each.indicator == LATE)
    figure = replace(late, indicator=renamed.indicators[0])
    disclosed = replace(content.figures, figures=(figure,))
    assert [*breach_sentences(disclosed, breaches)] == []
    # During the pause, the line of the guardrail agrees with the reason of the pause.
    (contrast,) = late.contrasts
    held = replace(figure, contrasts=(replace(contrast, guard=GuardrailState.HELD),))
    paused = replace(
        content,
        pilot=replace(content.pilot, stage="trial", paused=True),
        decisions=[ReportedDecision("pause", AT, "mise en pause", breaches[0].reason)],
        figures=replace(content.figures, figures=(held,)),
        breaches=breaches[:1],
    )
    assert "« Temps d'attente » : la limite acceptée est franchie" in words(compose_report(paused))


def test_a_breach_in_one_arm_does_not_state_that_of_another() -> None:
    three = replace(protocol(LATE), arms=(*protocol(LATE).arms, Arm("sms", "Un message", 0)))
    reasons = [_paused(AT, breach_reason(LATE, each)) for each in three.arms[1:]]
    breaches = breaches_in(reasons, [_frozen(three, AT)])
    content = material(did=(125, 127))
    (sentence,) = breach_sentences(content.figures, breaches)
    assert "dans le groupe « Un message »" in sentence


def test_a_pause_that_cannot_be_verified_is_stated_since_it_is_perhaps_a_breach() -> None:
    pause = _paused(AT, breach_reason(LATE, protocol(LATE).arms[1]))
    changed = replace(pause, label="signature non vérifiable", role="", facts={})
    assert breaches_in([changed], [_frozen(protocol(LATE), AT)]) == []
    for kind, stated in (("pause", 1), ("resume", 0)):
        decision = ReportedDecision(kind, AT, changed.label, "", verified=changed.verified)
        content = replace(material(did=(125, 127)), decisions=[decision])
        assert everybody_reads(content).count(UNVERIFIED_PAUSE) == stated
        assert words(compose_report(content)).count(UNVERIFIED_PAUSE) == stated


def _frozen(content: Protocol, at: datetime) -> ProtocolVersion:
    return ProtocolVersion(content, "", "", at, "c-1", at)


def _paused(at: datetime, reason: str, *, role: str = "guardrail") -> ReadDecision:
    entry = ChainEntry(1, "alertes", "pause", at, "", "", "")
    return ReadDecision(entry, "mise en pause", role, "", {"reason": reason})
