"""The sections of the quality of data, and of what timetables offer."""

from typing import Final

from portail.api import quantities
from portail.api.pages.indicateurs.punctuality import MOST_BARS, Name, day_label, day_name
from portail.api.pages.indicateurs.section import Section, extremes, files_of, unavailable
from portail.api.texts import texts_of
from portail.domain.indicators import LEAST, Query
from portail.domain.supply import FeedQuality, FeedQualityList, Supply, SupplyList, mean_quality
from socle.pages.charts import (
    PERCENT,
    Mark,
    Table,
    bar_chart,
    column_chart,
    fitting_scale,
)

_DAY_TYPES: Final = ("weekday", "saturday", "sunday")


def quality_section(found: FeedQualityList | None, query: Query, name: Name) -> Section:
    """How long the real time of each network was fresh; of one network, by day."""
    if found is None:
        return unavailable("qualite")
    texts = texts_of("indicateurs")
    files, title = files_of("feed-quality", query, route=None, source=None), texts["qualite_titre"]
    if query.feed is None:
        feeds = dict.fromkeys(row.feed for row in found.rows)
        rows = [
            (name(feed), name(feed), mean_quality(row for row in found.rows if row.feed == feed))
            for feed in feeds
        ]
        rows.sort(key=lambda each: (each[2].fresh_60s is None, each[2].fresh_60s or 0.0, each[0]))
    else:
        dated = sorted((row.date, row) for row in found.rows if row.date is not None)
        rows = [(day_label(day, query), day_name(day), row) for day, row in dated]
    marks = [_fresh(label, row) for label, _, row in rows]
    if all(mark.amount is None for mark in marks):
        missing = texts["qualite_rien" if found.rows else "rien"]
        return Section("qualite", title, found.definition, missing=missing, files=files)
    by_day = query.feed is not None
    known = {
        label: row.fresh_60s
        for _, label, row in rows
        if row.fresh_60s is not None and row.n >= LEAST
    }
    return Section(
        "qualite",
        title,
        found.definition,
        texts["qualite_mesures"].format(n=quantities.count(sum(row.n for _, _, row in rows))),
        "columns" if by_day else "bars",
        column_chart(marks, PERCENT) if by_day else bar_chart(marks, PERCENT),
        extremes(known, {each: quantities.percent(share) for each, share in known.items()}),
        _quality_table(title, [(full, row) for _, full, row in rows], by_day=by_day),
        files=files,
    )


def supply_section(found: SupplyList | None, query: Query, name: Name) -> Section:
    """How many trips each network, or each line of one, has on the usual working day."""
    if found is None:
        return unavailable("offre")
    texts = texts_of("indicateurs")
    by = "network" if query.feed is None else "route"
    files = files_of(
        "supply", query, by=by, per="day_type", source=None, **{"from": None, "to": None}
    )
    title = texts["offre_titre"]
    missing = [f"{name(each.feed)} : {each.reason}" for each in found.missing]
    if not found.rows:
        why = " ".join(missing) or texts["offre_rien"]
        return Section("offre", title, found.definition, missing=why, files=files)
    named = [(name(row.route or row.feed), row) for row in found.rows]
    present = {row.day_type for _, row in named}
    day_type = next(each for each in _DAY_TYPES if each in present)
    usual = [each for each in named if each[1].day_type == day_type]
    usual.sort(key=lambda each: -each[1].trips)
    marks = [Mark(line, row.trips, quantities.count(row.trips)) for line, row in usual[:MOST_BARS]]
    trips = {line: float(row.trips) for line, row in usual}
    named.sort(key=lambda each: (each[0], _DAY_TYPES.index(each[1].day_type)))
    return Section(
        "offre",
        title,
        found.definition,
        texts[f"offre_courses_{day_type}"].format(
            n=quantities.count(sum(row.trips for _, row in usual))
        ),
        "bars",
        bar_chart(marks, fitting_scale([mark.amount for mark in marks], least_step=1)),
        extremes(trips, {line: quantities.count(n) for line, n in trips.items()}),
        _supply_table(title, named, by),
        tuple(missing),
        files=files,
    )


def _fresh(label: str, row: FeedQuality) -> Mark:
    if row.fresh_60s is None or row.n < LEAST:
        return Mark(label, None, texts_of("indicateurs")["qualite_absent"])
    text = quantities.percent(row.fresh_60s)
    return Mark(label, row.fresh_60s * 100, text, not row.complete and row.date is not None)


def _quality_table(title: str, rows: list[tuple[str, FeedQuality]], *, by_day: bool) -> Table:
    texts = texts_of("indicateurs")
    columns = (
        "fresh_60s",
        "fresh_300s",
        "erreurs",
        "courses_suivies",
        "vehicules",
        "fin",
        "mesure",
    )
    return Table(
        title,
        (
            texts["colonne_jours" if by_day else "colonne_reseaux"],
            *(texts[f"colonne_{each}"] for each in columns),
        ),
        tuple(
            (
                label,
                _percent(row.fresh_60s),
                _percent(row.fresh_300s),
                _percent(row.errors),
                _percent(row.trips_with_real_time),
                _percent(row.vehicles_with_trip),
                "–" if row.days_left is None else quantities.count(row.days_left),
                _percent(row.coverage),
            )
            for label, row in rows
        ),
    )


def _supply_table(title: str, rows: list[tuple[str, Supply]], by: str) -> Table:
    texts = texts_of("indicateurs")
    columns = ("type_jour", "courses", "heures_service", "km", "amplitude", "intervalle", "pointe")
    return Table(
        title,
        (
            texts["colonne_reseaux" if by == "network" else "colonne_lignes"],
            *(texts[f"colonne_{each}"] for each in columns),
        ),
        tuple(
            (
                line,
                texts[f"jour_{row.day_type}"],
                quantities.count(row.trips),
                quantities.count(row.service_hours),
                "–" if row.service_km is None else quantities.count(row.service_km),
                _span(row),
                _minutes(row.headway_mean_s),
                _minutes(row.headway_peak_s),
            )
            for line, row in rows
        ),
    )


def _span(row: Supply) -> str:
    """« de 05:12 à 00:40 »: the first and the last departure, by the clock."""
    if row.first_departure is None or row.last_departure is None:
        return "–"
    first, last = _clock(row.first_departure), _clock(row.last_departure)
    return texts_of("indicateurs")["de_a"].format(de=first, a=last)


def _clock(time: str) -> str:
    hours, minutes = time.split(":")[:2]
    return f"{int(hours) % 24:02}:{minutes}"


def _minutes(seconds: float | None) -> str:
    return "–" if seconds is None else quantities.duration(60 * round(seconds / 60))


def _percent(share: float | None) -> str:
    return "–" if share is None else quantities.percent(min(share, 1.0))
