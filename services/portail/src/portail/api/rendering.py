"""Renders pages from Jinja templates, with the HTTP headers of every page.

Every value is escaped. An undefined name in a template raises an error.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from portail.api import words
from portail.api.static_files import StaticFiles
from portail.api.texts import texts_of, typeset
from portail.domain.alerts import Alert, AlertSummary
from portail.domain.colours import colour_or_plain, ink_on
from socle.http import FACT_HEADER

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": CSP,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    # The address of a page can contain a position.
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
# Values of Cache-Control.
LIVE: Final = "public, max-age=5"
LASTING: Final = "public, max-age=60"
NOT_CACHED: Final = "no-store"
# Headers with a usage fact that pilots count (`gateway.request-served.v2`).
BOARD_WATCHED: Final = {FACT_HEADER.decode(): "board-watched"}
ALERT_READ: Final = {FACT_HEADER.decode(): "alert-read"}
_NOTHING: Final[Mapping[str, str]] = {}


def segment(public_id: str) -> str:
    """A public id as one segment of a path, percent-encoded."""
    return quote(public_id, safe=":")


def _severity_class(severity: str) -> str:
    """The CSS class of a GTFS-Realtime severity level."""
    return {"severe": "grave", "warning": "moyenne"}.get(severity.lower(), "legere")


def headline(alert: Alert | AlertSummary) -> str:
    """The title of an alert: its header, else the beginning of its description, else its effect."""
    candidates = [alert.header]
    if isinstance(alert, Alert):
        candidates += [(alert.description or "").partition("\n")[0], alert.effect_text]
    return (
        next((text.strip() for text in candidates if text and text.strip()), None)
        or (texts_of()["perturbation"])
    )


def _language(language: str | None) -> str:
    """The HTML attribute `lang` for a text that is not in French; else empty."""
    if not language or language.lower().startswith("fr"):
        return ""
    return Markup(' lang="{}"').format(language)


def _disruption_address(alert: Alert | AlertSummary) -> str:
    """The address of an alert: its anchor in the list of its network."""
    when = "now" if alert.active else "upcoming"
    query = urlencode({"quand": when, "reseau": alert.id.partition(":")[0]})
    return f"/perturbations?{query}#p-{words.short_hash(alert.id)}"


class Pages:
    """Renders the templates of `pages/`, which has one folder for each page."""

    def __init__(self, static: StaticFiles) -> None:
        self._templates = Environment(
            loader=PackageLoader("portail", "api/pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._templates.globals |= {"fichier": static.address, "version": static.version}
        self._templates.filters |= {
            "horloge": words.clock,
            "jour": words.weekday,
            "distance": words.distance,
            "age": words.age,
            "typo": typeset,
            "minuscule": words.lower_first,
            "couleur": colour_or_plain,
            "encre": ink_on,
            "segment": segment,
            "gravite": _severity_class,
            "periode": lambda period: words.period(period.start, period.end),
            "lang": _language,
            "intitule": headline,
            "adresse_perturbation": _disruption_address,
            "empreinte": words.short_hash,
        }

    def html(self, template: str, **given: Any) -> str:
        """Render a template (`arret/page.html`); the texts of its page are its value `t`."""
        page = template.partition("/")[0]
        return self._templates.get_template(template).render(t=texts_of(page), **given)

    def answer(
        self,
        template: str,
        *,
        cache: str,
        status: int = 200,
        fact: Mapping[str, str] = _NOTHING,
        **given: Any,
    ) -> Response:
        """Render a page as a response.

        `cache`: its Cache-Control. `fact`: the header with a usage fact. `given`: the values of the
        template.
        """
        return Response(
            self.html(template, **given),
            status_code=status,
            media_type="text/html",
            headers={**SECURITY_HEADERS, "cache-control": cache, **fact},
        )
