"""The pages of the issuer: login, logout and errors. No script, no resource of another origin."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from aiohttp import web

from embedded.issuer.realms import Account, Realm

_STYLE = (
    ":root{color-scheme:light dark;--f:#fff;--r:#fff3e0;--e:#14182b;--l:#0a4a9e}"
    "@media(prefers-color-scheme:dark){:root{--f:#10131d;--r:#38290f;--e:#f1f3f9;--l:#9cc4ff}}"
    "*{box-sizing:border-box}body{font:1.0625rem/1.6 system-ui,sans-serif;max-width:40rem;"
    "margin:0 auto;padding:1rem;color:var(--e);background:var(--f);overflow-wrap:anywhere}"
    "h1{font-size:1.6rem;line-height:1.2}.note{background:var(--r);padding:.75rem 1rem;"
    "border-radius:.5rem}ul{list-style:none;padding:0;display:grid;gap:.75rem}"
    "button{width:100%;min-height:3rem;padding:.5rem 1rem;border:2px solid var(--l);"
    "border-radius:.5rem;background:none;color:var(--e);font:inherit;text-align:left;"
    "cursor:pointer}button strong{color:var(--l)}a{color:var(--l)}"
    ":focus-visible{outline:3px solid var(--l);outline-offset:2px}"
)
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def login_page(
    realm: Realm, accounts: Iterable[Account], request: str, redirect_uri: str
) -> web.Response:
    """The page with a button for each account. `request`: the name of the stored request."""
    choices = "\n".join(
        f'<li><button name="account" value="{escape(account.login)}">'
        f"<strong>{escape(account.name)}</strong><br>{escape(account.note)}</button></li>"
        for account in accounts
    )
    body = (
        '<p class="note">Fournisseur d’identité de démonstration : ces personnes sont inventées '
        "et il n’y a pas de mot de passe.</p>"
        "<p>Choisissez un compte pour continuer.</p>"
        f'<form method="post" action="/{realm.name}/login">'
        f'<input type="hidden" name="request" value="{escape(request)}">'
        f"<ul>\n{choices}\n</ul></form>"
    )
    back = urlsplit(redirect_uri)
    # Browsers apply `form-action` to the redirect after the form too.
    return _page(realm.label, body, forms=f"'self' {back.scheme}://{back.netloc}")


def logged_out_page(realm: Realm, frames: Iterable[str] = ()) -> web.Response:
    """The logged-out page. `frames`: clients' front-channel logout addresses."""
    frames = tuple(frames)
    frames_html = "".join(
        f'<iframe src="{escape(each)}" title="" hidden aria-hidden="true"></iframe>'
        for each in frames
    )
    origins = " ".join(f"{u.scheme}://{u.netloc}" for u in map(urlsplit, frames))
    return _page(
        realm.label, f"<p>Vous êtes déconnecté.</p>{frames_html}", frames=origins or "'none'"
    )


def error_page(title: str, detail: str) -> web.Response:
    """The page of an error that must not be sent to the client (RFC 6749 §4.1.2.1)."""
    return _page(title, f"<p>{escape(detail)}</p>", status=400)


def _page(
    title: str, body: str, *, status: int = 200, forms: str = "'none'", frames: str = "'none'"
) -> web.Response:
    policy = (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action {forms}; "
        f"frame-src {frames}; frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    page = _PAGE.format(title=escape(title), style=_STYLE, body=body)
    return web.Response(text=page, content_type="text/html", status=status, headers=headers)
