"""The pages of the issuer: login, logout and errors. No script, no resource of another origin."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Final, Literal
from urllib.parse import urlsplit

from aiohttp import web

from embedded.issuer.clients import Client
from embedded.issuer.languages import TEXTS
from embedded.issuer.realms import Account, Realm

PageError = Literal["invalid_request", "outdated_page"]
"""An error that must not be sent to the client (RFC 6749 §4.1.2.1); the name of its text."""

_STYLE: Final = files("embedded.issuer").joinpath("style.css").read_text("utf-8")
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – {site}</title>
<style>{style}</style>
</head>
<body>
<header class="entete">
<div class="cadre entete-rang">
{brand}
{other_language}
</div>
</header>
<main class="cadre prose">
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is rendered."""

    language: str
    home: str | None = None
    """The origin of the client's site; None if the client is unknown."""

    @classmethod
    def of_client(cls, language: str, client: Client | None) -> "Reader":
        """A reader who comes from that client, if it is known."""
        uris = () if client is None else client.redirect_uris
        return cls(language, origin_of(uris[0]) if uris else None)

    def text(self, name: str) -> str:
        """A text of the pages, escaped."""
        return escape(TEXTS[self.language][name])


def login_page(
    reader: Reader,
    realm: Realm,
    accounts: Iterable[Account],
    *,
    request: str,
    client: Client,
    other_language: str,
) -> web.Response:
    """The page with a button for each account. `request`: the name of the stored request.
    `other_language`: the address of the page in the other language."""
    choices = "\n".join(
        f'<li><button name="account" value="{escape(account.login)}">'
        f"<strong>{escape(account.name)}</strong><br>"
        f"{escape(account.notes[reader.language])}</button></li>"
        for account in accounts
    )
    fields = {"request": request, "client_id": client.client_id, "ui_locales": reader.language}
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    body = (
        f'<p class="avis">{reader.text("demonstration")}</p>'
        f"<p>{reader.text('choose')}</p>"
        f'<form method="post" action="/{realm.name}/login">{hidden}<ul>\n{choices}\n</ul></form>'
        f"{_link_back(reader, 'back_without_login')}"
    )
    # Browsers apply `form-action` to the redirect after the form too.
    forms = f"'self' {reader.home}"
    title = realm.labels[reader.language]
    return _page(reader, title, body, forms=forms, other_language=other_language)


def logged_out_page(reader: Reader, realm: Realm, frames: Iterable[str] = ()) -> web.Response:
    """The logged-out page. `frames`: clients' front-channel logout addresses."""
    frames = tuple(frames)
    frames_html = "".join(
        f'<iframe src="{escape(each)}" title="" hidden aria-hidden="true"></iframe>'
        for each in frames
    )
    body = f"<p>{reader.text('logged_out')}</p>{_link_back(reader, 'back')}{frames_html}"
    origins = " ".join(map(origin_of, frames))
    return _page(reader, realm.labels[reader.language], body, frames=origins or "'none'")


def error_page(reader: Reader, error: PageError) -> web.Response:
    """The page of an error that must not be sent to the client."""
    body = f"<p>{reader.text(f'{error}_text')}</p>{_link_back(reader, 'back')}"
    return _page(reader, TEXTS[reader.language][error], body, status=400)


def _link_back(reader: Reader, text: str) -> str:
    if reader.home is None:
        return ""
    return f'<p><a class="retour" href="{escape(reader.home)}/">{reader.text(text)}</a></p>'


def _page(
    reader: Reader,
    title: str,
    body: str,
    *,
    status: int = 200,
    forms: str = "'none'",
    frames: str = "'none'",
    other_language: str | None = None,
) -> web.Response:
    policy = (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action {forms}; "
        f"frame-src {frames}; frame-ancestors 'none'"
    )
    headers = {
        "content-language": reader.language,
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    page = _PAGE.format(
        language=reader.language,
        title=escape(title),
        site=reader.text("site"),
        style=_STYLE,
        brand=_brand(reader),
        other_language=_language_link(reader, other_language) if other_language else "",
        body=body,
    )
    return web.Response(text=page, content_type="text/html", status=status, headers=headers)


def _brand(reader: Reader) -> str:
    site = reader.text("site")
    if reader.home is None:
        return f'<span class="marque">{site}</span>'
    return f'<a class="marque" href="{escape(reader.home)}/">{site}</a>'


def _language_link(reader: Reader, address: str) -> str:
    other, name = reader.text("other_language"), reader.text("other_language_name")
    return f'<a href="{escape(address)}" lang="{other}" hreflang="{other}">{name}</a>'


def origin_of(uri: str) -> str:
    """The origin of an absolute URI."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
