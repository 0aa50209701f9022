"""The sections of punctuality and cancellations."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from portail.api import quantities, words
from portail.api.pages.indicateurs.section import (
    Section,
    counted,
    extremes,
    files_of,
    observed,
    too_few,
    unavailable,
)
from portail.api.texts import texts_of
from portail.domain.indicators import Punctuality, PunctualityList, Query, pooled
from socle.pages.charts import (
    PERCENT,
    Chart,
    Mark,
    Table,
    bar_chart,
    column_chart,
    fitting_scale,
)

Name = Callable[[str], str]
"""The name of a line by its id, or of a network."""
MOST_BARS: Final = 20
"""Lines drawn; the table has all of them."""
_WEEK: Final = 7
_FIRST_HOUR: Final = 3
"""Service days end after midnight, before this hour."""


def days_section(found: PunctualityList | None, query: Query) -> Section:
    """Punctuality by day."""
    if found is None:
        return unavailable("jours")
    by_day = {row.date: row for row in found.rows if row.date is not None}
    rows = [(day_label(day, query), day_name(day), by_day[day]) for day in sorted(by_day)]
    return _rates("jours", found, rows, query, by="day")


def hours_section(found: PunctualityList | None, query: Query) -> Section:
    """Punctuality by hour, from the first of a service day on."""
    if found is None:
        return unavailable("heures")
    hours = sorted(
        ((row.hour, row) for row in found.rows if row.hour is not None),
        key=lambda each: (each[0] - _FIRST_HOUR) % 24,
    )
    texts = texts_of("indicateurs")
    rows = [
        (
            texts["heure"].format(h=hour),
            texts["heure_de_a"].format(de=hour, a=(hour + 1) % 24),
            row,
        )
        for hour, row in hours
    ]
    return _rates("heures", found, rows, query, by="hour")


def lines_section(found: PunctualityList | None, query: Query, name: Name) -> Section:
    """Punctuality by line of a network, or by network. The least punctual come first."""
    key = "lignes" if query.feed else "reseaux"
    if found is None:
        return unavailable(key)
    named = [(name(each), row) for each, row in by_owner(found, query)]
    named.sort(key=lambda each: (not each[1].is_enough, each[1].on_time or 0.0, each[0]))
    section = _rates(key, found, [(each, each, row) for each, row in named], query, by="route")
    if section.chart is None:
        return section
    drawn = [_mark(each, row) for each, row in named[:MOST_BARS]]
    more = len(named) - len(drawn)
    notes = (counted("autres_lignes", more),) if more else ()
    return replace(section, drawn="bars", chart=bar_chart(drawn, PERCENT), notes=notes)


def cancellations_section(found: PunctualityList | None, query: Query) -> Section:
    """Cancelled runs by day."""
    if found is None:
        return unavailable("suppressions")
    texts = texts_of("indicateurs")
    rows = sorted((row for row in found.rows if row.date is not None), key=_date)
    files = files_of("punctuality", query, by="day")
    title = texts["suppressions_titre"]
    if not rows:
        return Section("suppressions", title, missing=texts["rien"], files=files)
    total = sum(row.cancelled for row in rows)
    amounts = {day_name(_date(row)): float(row.cancelled) for row in rows}
    table = Table(
        title,
        (texts["colonne_jours"], texts["colonne_supprimees"], texts["colonne_prevues"]),
        tuple(
            (day_name(_date(row)), quantities.count(row.cancelled), quantities.count(row.runs))
            for row in rows
        ),
    )
    return Section(
        "suppressions",
        title,
        found.definition,
        texts["suppressions_un" if quantities.is_singular(total) else "suppressions_n"].format(
            n=quantities.count(total), prevues=quantities.count(sum(row.runs for row in rows))
        ),
        "columns",
        _cancelled(rows, query),
        extremes(amounts, {each: quantities.count(n) for each, n in amounts.items()}),
        table,
        files=files,
    )


def _cancelled(rows: Sequence[Punctuality], query: Query) -> Chart:
    """The cancelled runs of each day as columns."""
    marks = [
        Mark(
            day_label(_date(row), query),
            row.cancelled,
            quantities.count(row.cancelled),
            not row.complete,
        )
        for row in rows
    ]
    return column_chart(marks, fitting_scale([each.amount for each in marks], least_step=1))


def by_owner(found: PunctualityList, query: Query) -> list[tuple[str, Punctuality]]:
    """The rows by line if a network is wanted, else by network: an id, and its rows pooled."""
    groups: dict[str, list[Punctuality]] = {}
    for row in found.rows:
        if row.route is not None:
            groups.setdefault(row.route if query.feed else row.feed, []).append(row)
    return [(owner, pooled(rows)) for owner, rows in groups.items()]


def rate_text(row: Punctuality) -> str:
    """« 87 % », or that too little was observed."""
    if not row.is_enough or row.on_time is None:
        return too_few(row.n)
    return quantities.percent(row.on_time)


def day_label(day: date, query: Query) -> str:
    """« lun. 2 » in a week, « 2/3 » in more."""
    texts = texts_of("indicateurs")
    if query.days > _WEEK + 1:
        return texts["jour_mois"].format(jour=day.day, mois=day.month)
    return texts["jour_court"].format(
        jour=texts["jours_courts"].split()[day.weekday()], date=day.day
    )


def day_name(day: date) -> str:
    """« lundi 2 mars »."""
    return words.weekday(day)


def _rates(
    key: str,
    found: PunctualityList,
    rows: Sequence[tuple[str, str, Punctuality]],
    query: Query,
    *,
    by: str,
) -> Section:
    """Shares on time as columns. `rows`: the label of each, its name in full, its figures."""
    texts, total = texts_of("indicateurs"), pooled(row for _, _, row in rows)
    title, files = texts[f"{key}_titre"], files_of("punctuality", query, by=by)
    if not total.is_enough:
        missing = too_few(total.n) if total.n else texts["rien"]
        return Section(key, title, found.definition, missing=missing, files=files)
    known = {
        name: row.on_time for _, name, row in rows if row.is_enough and row.on_time is not None
    }
    return Section(
        key,
        title,
        found.definition,
        observed(total.n, total.coverage),
        "columns",
        column_chart([_mark(label, row) for label, _, row in rows], PERCENT),
        extremes(known, {name: quantities.percent(rate) for name, rate in known.items()}),
        _table(key, title, ((name, row) for _, name, row in rows)),
        files=files,
    )


def _mark(label: str, row: Punctuality) -> Mark:
    if not row.is_enough or row.on_time is None:
        n = quantities.count(row.n)
        return Mark(label, None, texts_of("indicateurs")["trop_peu_court"].format(n=n))
    return Mark(label, row.on_time * 100, quantities.percent(row.on_time), not row.complete)


def _table(key: str, title: str, rows: Iterable[tuple[str, Punctuality]]) -> Table:
    texts = texts_of("indicateurs")
    columns = ("colonne_a_l_heure", "colonne_passages", "colonne_observes", "colonne_supprimees")
    return Table(
        title,
        (texts[f"colonne_{key}"], *(texts[name] for name in columns)),
        tuple(
            (
                name,
                rate_text(row),
                quantities.count(row.n),
                "–" if row.coverage is None else quantities.percent(min(row.coverage, 1.0)),
                quantities.count(row.cancelled),
            )
            for name, row in rows
        ),
    )


def _date(row: Punctuality) -> date:
    if row.date is None:
        raise ValueError("a row by day without its date")
    return row.date
