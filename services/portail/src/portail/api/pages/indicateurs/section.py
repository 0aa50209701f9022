"""A section of the page: one chart, with its table, its definition and its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from portail.api import quantities
from portail.api.texts import texts_of
from portail.domain.indicators import LEAST, Query
from socle.pages.charts import Chart, Table


@dataclass(frozen=True, slots=True)
class Section:
    """The view of an indicator; its texts are in the language of the request."""

    key: str
    """Its name in addresses and texts."""
    title: str
    definition: str | None = None
    """As the API gives it, in French."""
    facts: str = ""
    """How much was observed."""
    drawn: Literal["columns", "bars", "band"] = "columns"
    chart: Chart | None = None
    summary: str = ""
    """What the chart states, in a sentence."""
    table: Table | None = None
    notes: tuple[str, ...] = ()
    missing: str | None = None
    """Why there is no chart."""
    files: tuple[tuple[str, str], ...] = ()
    """Addresses and names of its figures."""


def files_of(name: str, query: Query, **parameters: str | None) -> tuple[tuple[str, str], ...]:
    """The figures of an indicator as CSV and as JSON. `parameters`: further ones; None: not that
    one of the query."""
    given = {
        "feed": query.feed,
        "route": query.route,
        "from": query.first.isoformat(),
        "to": query.last.isoformat(),
        "source": query.source,
        **parameters,
    }
    text = urlencode({name: value for name, value in given.items() if value is not None})
    address = f"/mobilite/v1/indicators/{name}"
    return (f"{address}.csv?{text}", "CSV"), (f"{address}?{text}", "JSON")


def unavailable(key: str) -> Section:
    """A section that the API does not give now."""
    texts = texts_of("indicateurs")
    return Section(key, texts[f"{key}_titre"], missing=texts["indisponible"])


def observed(n: int, coverage: float | None, *, short: bool = False) -> str:
    """« 12 340 passages observés, 92 % de ceux qui étaient prévus »; `short`: « 12 340 passages,
    92 % observés »."""
    texts = texts_of("indicateurs")
    if short and coverage is not None:
        part = quantities.percent(min(coverage, 1.0))
        return texts["observes_court"].format(n=quantities.count(n), part=part)
    name = "observes_un" if quantities.is_singular(n) else "observes"
    if coverage is None:
        return texts[name].format(n=quantities.count(n))
    return texts[f"{name}_part"].format(
        n=quantities.count(n), part=quantities.percent(min(coverage, 1.0))
    )


def counted(name: str, n: int) -> str:
    """The sentence of that name on a number of lines: « Et 3 autres lignes, dans le tableau. »."""
    return texts_of("indicateurs")[f"{name}_une" if n == 1 else name].format(n=quantities.count(n))


def too_few(n: int) -> str:
    """« pas assez d’observations : 12 passages »."""
    texts = texts_of("indicateurs")
    name = "trop_peu_un" if quantities.is_singular(n) else "trop_peu"
    return texts[name].format(n=quantities.count(n), least=LEAST)


def extremes(named: Mapping[str, float], text: Mapping[str, str]) -> str:
    """« de 84 % (lundi) à 93 % (mardi) »: the lowest and the highest of the known amounts."""
    texts = texts_of("indicateurs")
    if not named:
        return texts["resume_rien"]
    low, high = min(named, key=lambda each: named[each]), max(named, key=lambda each: named[each])
    if low == high:
        return texts["resume_un"].format(bas=text[low], de=low)
    return texts["resume"].format(bas=text[low], de=low, haut=text[high], a=high)
