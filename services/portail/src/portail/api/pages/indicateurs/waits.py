"""The sections of regularity, and of the accuracy of predictions."""

from typing import Final

from portail.api import quantities
from portail.api.pages.indicateurs.punctuality import MOST_BARS, Name
from portail.api.pages.indicateurs.section import (
    Section,
    counted,
    extremes,
    files_of,
    too_few,
    unavailable,
)
from portail.api.texts import texts_of
from portail.domain.indicators import (
    Accuracy,
    AccuracyList,
    Query,
    Regularity,
    RegularityList,
)
from socle.pages.charts import Mark, Table, band_chart, bar_chart, fitting_scale

_HALF_MINUTE: Final = 0.5
"""Minutes between two ticks, at least."""


def regularity_section(found: RegularityList | None, query: Query, name: Name) -> Section:
    """How much longer people wait for frequent lines than planned. The longest come first."""
    if found is None:
        return unavailable("regularite")
    texts = texts_of("indicateurs")
    frequent = [row for row in found.rows if row.frequent and row.route is not None]
    files = files_of("regularity", query, by="route")
    title = texts["regularite_titre"]
    if not any(row.n for row in frequent):
        seen = found.rows and not frequent
        missing = texts["regularite_aucune" if seen else "rien"]
        return Section("regularite", title, found.definition, missing=missing, files=files)
    rows = sorted(
        ((name(row.route or ""), row) for row in frequent if row.n),
        key=lambda each: (not each[1].is_enough, -(each[1].excess_wait_s or 0.0), each[0]),
    )
    marks = [_wait_mark(line, row) for line, row in rows[:MOST_BARS]]
    waits = {line: row.excess_wait_s or 0.0 for line, row in rows if row.is_enough}
    numbers = {
        "regularite_sans": len(frequent) - len(rows),
        "regularite_autres": sum(not row.frequent for row in found.rows),
    }
    return Section(
        "regularite",
        title,
        found.definition,
        texts["ecarts"].format(n=quantities.count(sum(row.n for row in frequent))),
        "bars",
        bar_chart(marks, fitting_scale([each.amount for each in marks])),
        extremes(waits, {line: quantities.seconds(wait) for line, wait in waits.items()}),
        _regularity_table(title, rows),
        tuple(counted(text, n) for text, n in numbers.items() if n),
        files=files,
    )


def accuracy_section(found: AccuracyList | None, query: Query) -> Section:
    """How far predictions are from what happens, by how long before they were made."""
    if found is None:
        return unavailable("previsions")
    texts = texts_of("indicateurs")
    rows = sorted(found.rows, key=lambda row: row.horizon_min)
    files, title = files_of("accuracy", query, by="all"), texts["previsions_titre"]
    if not any(row.is_enough for row in rows):
        n = max((row.n for row in rows), default=0)
        missing = too_few(n) if n else texts["rien"]
        return Section("previsions", title, found.definition, missing=missing, files=files)
    marks = [_error_mark(row) for row in rows]
    ends = [end for mark in marks for end in (mark.amount, mark.low, mark.high)]
    shares = {
        texts["horizon_avant"].format(n=row.horizon_min): row.accurate or 0.0
        for row in rows
        if row.is_enough
    }
    return Section(
        "previsions",
        title,
        found.definition,
        texts["comparees"].format(n=quantities.count(sum(row.n for row in rows))),
        "band",
        band_chart(
            marks, fitting_scale(ends, "\N{NO-BREAK SPACE}min", _HALF_MINUTE), texts["virgule"]
        ),
        extremes(shares, {each: quantities.percent(share) for each, share in shares.items()}),
        _accuracy_table(title, rows),
        (texts["previsions_lecture"],),
        files=files,
    )


def _wait_mark(line: str, row: Regularity) -> Mark:
    if not row.is_enough or row.excess_wait_s is None:
        n = quantities.count(row.n)
        return Mark(line, None, texts_of("indicateurs")["trop_peu_court"].format(n=n))
    return Mark(line, row.excess_wait_s, quantities.seconds(row.excess_wait_s))


def _error_mark(row: Accuracy) -> Mark:
    label = texts_of("indicateurs")["horizon"].format(n=row.horizon_min)
    if not row.is_enough or row.median_error_s is None:
        return Mark(label, None, too_few(row.n))
    return Mark(
        label,
        row.median_error_s / 60,
        quantities.seconds(row.median_error_s),
        low=None if row.p10_error_s is None else row.p10_error_s / 60,
        high=None if row.p90_error_s is None else row.p90_error_s / 60,
    )


def _regularity_table(title: str, rows: list[tuple[str, Regularity]]) -> Table:
    texts = texts_of("indicateurs")
    columns = ("lignes", "attente", "attente_prevue", "reguliers", "ecarts", "observes")
    return Table(
        title,
        tuple(texts[f"colonne_{each}"] for each in columns),
        tuple(
            (
                line,
                _seconds(row.excess_wait_s) if row.is_enough else too_few(row.n),
                _seconds(row.scheduled_wait_s) if row.is_enough else "–",
                _percent(row.regular) if row.is_enough else "–",
                quantities.count(row.n),
                _percent(row.coverage),
            )
            for line, row in rows
        ),
    )


def _accuracy_table(title: str, rows: list[Accuracy]) -> Table:
    texts = texts_of("indicateurs")
    columns = ("horizon", "justes", "marge", "mediane", "neuf_sur_dix", "comparees", "observes")
    return Table(
        title,
        tuple(texts[f"colonne_{each}"] for each in columns),
        tuple(
            (
                texts["horizon_avant"].format(n=row.horizon_min),
                _percent(row.accurate) if row.is_enough else too_few(row.n),
                texts["marge"].format(
                    avance=quantities.seconds(row.early_s), retard=quantities.seconds(row.late_s)
                ),
                _seconds(row.median_error_s) if row.is_enough else "–",
                _seconds(row.p90_absolute_s) if row.is_enough else "–",
                quantities.count(row.n),
                _percent(row.coverage),
            )
            for row in rows
        ),
    )


def _seconds(amount: float | None) -> str:
    return "–" if amount is None else quantities.seconds(amount)


def _percent(share: float | None) -> str:
    return "–" if share is None else quantities.percent(min(share, 1.0))
