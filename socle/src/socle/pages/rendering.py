"""Renders pages from Jinja templates, with the HTTP headers of every page.

Every value is escaped. An undefined name in a template raises an error.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from typing import Any, Final

from fastapi import Response
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from socle.pages.dates import day_text, instant_text
from socle.pages.page_request import page_request
from socle.pages.static_files import SITE_FILES, StaticFiles
from socle.pages.texts import TextCatalogue, Texts, typeset

# Values of Cache-Control.
BRIEFLY: Final = "public, max-age=5"
"""Of an anonymous page that changes by the second."""
FOR_A_MINUTE: Final = "public, max-age=60"
"""Of an anonymous page that rarely changes."""
NOT_CACHED: Final = "no-store"
_PERSONAL: Final = "private, no-store"
"""Of a page for a reader who is logged in."""
_SCRIPTS: Final = "script-src 'self'; connect-src {}; worker-src 'self'; manifest-src 'self'; "
_BRACKETS: Final = re.compile(r"\[([^\]]+)\]")
_NO_HEADERS: Final[Mapping[str, str]] = {}


def security_headers(
    forms: Iterable[str] = (),
    *,
    scripts: bool = False,
    referrer: str = "same-origin",
    tiles: str | None = None,
) -> dict[str, str]:
    """The security headers of a page.

    `forms`: other origins that a form of the page can be redirected to (CSP 3 §6.4.1). `scripts`:
    whether it has scripts, a service worker and a manifest, of this site. `referrer`: its
    Referrer-Policy; with no-referrer, a browser hides the origin of the page's own forms. `tiles`:
    the origin of the tiles of its maps; None: they have none.
    """
    pictures = "'self'" if tiles is None else f"'self' {tiles}"
    script = _SCRIPTS.format(pictures) if scripts else ""
    actions = " ".join(("'self'", *forms))
    return {
        "content-security-policy": (
            f"default-src 'none'; {script}style-src 'self'; img-src {pictures}; base-uri 'none'; "
            f"form-action {actions}; frame-ancestors 'none'"
        ),
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
        "referrer-policy": referrer,
        "x-content-type-options": "nosniff",
    }


class Pages:
    """Renders the templates of one service.

    `package`: has `folder`, with the templates and the texts. `filters`: additional ones.
    `values`: names that every template has. `tiles`: as in `security_headers`.
    `static`: the service's own static files. `scripts`, `referrer`: as in `security_headers`.
    """

    def __init__(
        self,
        package: str,
        folder: str,
        *,
        filters: Mapping[str, Callable[..., Any]] | None = None,
        static: StaticFiles | None = None,
        scripts: bool = False,
        referrer: str = "same-origin",
        tiles: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        self._catalogue = TextCatalogue(files(package) / folder)
        self._static, self._scripts, self._referrer = static, scripts, referrer
        self._tiles = tiles
        self._templates = Environment(
            loader=ChoiceLoader(
                [PackageLoader(package, folder), PackageLoader("socle.pages", "templates")]
            ),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._templates.globals |= {
            "asset": self._address,
            "version": SITE_FILES.version + (static.version if static else ""),
            "lang_fr": lang_fr,
            **(values or {}),
        }
        self._templates.filters |= {
            "typeset": typeset,
            "french": french,
            "linked": linked,
            "upper_first": upper_first,
            "day": day_text,
            "instant": instant_text,
            **(filters or {}),
        }

    def texts(self, page: str = "") -> Texts:
        """The texts of a page in the language of the request; without a page, the shared ones."""
        return self._catalogue.texts(page)

    def html(self, template: str, **values: Any) -> str:
        """Render a template. `accueil/page.html` has the texts of the page `accueil`."""
        page = template.rpartition("/")[0]
        return self._templates.get_template(template).render(
            t=self.texts(page), page=page_request(), **values
        )

    def answer(
        self,
        template: str,
        *,
        cache: str = NOT_CACHED,
        status: int = 200,
        forms: Iterable[str] = (),
        headers: Mapping[str, str] = _NO_HEADERS,
        maps: bool = False,
        scripts: bool = False,
        **values: Any,
    ) -> Response:
        """Render a page as a response.

        `cache`: its Cache-Control for anonymous readers; no cache may share the page of a reader
        who is logged in. `forms`: as in `security_headers`. `headers`: additional ones, which
        replace the page's own. `maps`: whether it has maps, which may have tiles. `scripts`:
        whether it has scripts, though other pages of the service have none. `values`: of the
        template.
        """
        if cache != NOT_CACHED and page_request().visitor.logged_in:
            cache = _PERSONAL
        own = security_headers(
            forms,
            scripts=self._scripts or scripts,
            referrer=self._referrer,
            tiles=self._tiles if maps else None,
        ) | {
            "cache-control": cache,
            "content-language": page_request().language,
            "vary": "accept-language, cookie",
        }
        return Response(
            self.html(template, **values),
            status,
            own | dict(headers),
            media_type="text/html",
        )

    def _address(self, name: str) -> str:
        if self._static is not None and name in self._static:
            return self._static.address(name)
        return SITE_FILES.address(name)


def french(text: str) -> str:
    """A sentence that exists in French only, typeset, and marked as French on an English page."""
    if page_request().language == "fr":
        return typeset(text)
    return Markup('<span lang="fr">{}</span>').format(typeset(text))


def lang_fr() -> str:
    """The attribute of an element whose text exists in French only; empty on a French page."""
    return "" if page_request().language == "fr" else Markup(' lang="fr"')


def linked(text: str, *addresses: str) -> str:
    """The text with its parts in square brackets as links, in the order of their addresses.

    Raises ValueError if there are more or fewer brackets than addresses.
    """
    parts = [escape(part) for part in _BRACKETS.split(text)]
    links = zip(addresses, parts[1::2], strict=True)
    parts[1::2] = [Markup('<a href="{}">{}</a>').format(*link) for link in links]
    return Markup().join(parts)


def upper_first(text: str) -> str:
    """The text with an upper-case first letter; the other letters stay."""
    return text[:1].upper() + text[1:]
