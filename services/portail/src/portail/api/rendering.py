"""The page kit with the filters of the travellers' pages."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

from portail.api import quantities, words
from portail.api.addresses import address_of_departure
from portail.api.addresses import segment as segment
from portail.api.texts import texts_of
from portail.domain.alerts import Alert, AlertSummary
from portail.domain.colours import colour_or_plain, ink_on
from portail.domain.modes import ROUTE_TYPES
from socle.http import FACT_HEADER
from socle.pages import Pages, StaticFiles, page_request, typeset

# Headers with a usage fact that pilots count (`gateway.request-served.v2`).
BOARD_WATCHED: Final = {FACT_HEADER.decode(): "board-watched"}
ALERT_READ: Final = {FACT_HEADER.decode(): "alert-read"}


def _severity_class(severity: str) -> str:
    """The CSS class of a GTFS-Realtime severity level."""
    return {"severe": "grave", "warning": "moyenne"}.get(severity.lower(), "legere")


def headline(alert: Alert | AlertSummary) -> str:
    """The title of an alert: its header, else the beginning of its description, else its effect."""
    candidates = [alert.header]
    if isinstance(alert, Alert):
        candidates += [(alert.description or "").partition("\n")[0], alert.effect_text]
    texts = (text.strip() for text in candidates if text and text.strip())
    return next(texts, texts_of()["perturbation"])


def _language(language: str | None) -> str:
    """The HTML attribute `lang` for a text of operators that is not in the language of the page.

    `language`: of the text; None: French, as most operators write.
    """
    written = (language or "fr").lower()
    if written.partition("-")[0] == page_request().language:
        return ""
    return Markup(' lang="{}"').format(written)


def _in_language(text: str, language: str | None) -> str:
    """A text of operators or of the API, marked with its language as `_language` does."""
    attribute = _language(language)
    if not attribute:
        return typeset(text)
    return Markup("<span{}>{}</span>").format(attribute, typeset(text))


def _disruption_address(alert: Alert | AlertSummary, *, fauteuil: bool = False) -> str:
    """The address of an alert: open, in the list of its network. `fauteuil`: the reader has
    searched for journeys by wheelchair already."""
    when, anchor = "now" if alert.active else "upcoming", words.short_hash(alert.id)
    feed = alert.id.partition(":")[0]
    given = {"quand": when, "reseau": feed, "annonce": anchor}
    query = urlencode(given | {"fauteuil": "oui"} if fauteuil else given)
    return f"/perturbations?{query}#p-{anchor}"


_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "horloge": words.clock,
    "destination": words.destination,
    "jour": words.weekday,
    "distance": quantities.distance,
    "duree": quantities.duration,
    "age": words.age,
    "minuscule": words.lower_first,
    "couleur": colour_or_plain,
    "encre": ink_on,
    "segment": segment,
    "gravite": _severity_class,
    "periode": lambda period: words.period(period.start, period.end),
    "lang": _language,
    "dans": _in_language,
    "intitule": headline,
    "adresse_course": address_of_departure,
    "adresse_perturbation": _disruption_address,
    "empreinte": words.short_hash,
}


def make_pages(static: StaticFiles, *, tiles: str | None = None, tiles_credit: str = "") -> Pages:
    """The renderer of the templates in `pages/`, which has one folder for each page.

    `tiles`: the address of the tiles behind maps, with {z}, {x} and {y}; None without. The browser
    may contact their server. `tiles_credit`: whom to credit.
    """
    host = "" if tiles is None else urlsplit(tiles).netloc
    # The address of a page can contain a position: it is sent to no other site.
    return Pages(
        "portail.api",
        "pages",
        filters=_FILTERS,
        static=static,
        scripts=True,
        referrer="no-referrer",
        tiles=None if tiles is None else f"https://{host}",
        values={
            "tiles": tiles,
            "tiles_host": host,
            "tiles_credit": tiles_credit,
            "route_types": ROUTE_TYPES,
        },
    )


def static_files() -> StaticFiles:
    """The style and the script of the travellers' pages."""
    return StaticFiles(files("portail.api") / "static", "/static/")
