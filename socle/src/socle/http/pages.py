"""HTML pages of services: login, consent, withdrawal, errors. Information pages are the portal's.

    page("Connexion", f"<p>{text(label)}</p>", status=400)

One template and one Content-Security-Policy: no script, no image, no third-party resource. The
body is HTML written by the caller; every value from elsewhere in it goes through `text`.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from fastapi import Response

_STYLE: Final = (
    ":root{color-scheme:light dark;--f:#fff;--r:#f3f5f9;--e:#14182b;--d:#515872;--t:#d8dce6;"
    "--l:#0a4a9e;--g:#b3001b}"
    "@media(prefers-color-scheme:dark){:root{--f:#10131d;--r:#1a1f2e;--e:#f1f3f9;--d:#b0b8cd;"
    "--t:#343b50;--l:#9cc4ff;--g:#ff9aa5}}"
    "*{box-sizing:border-box}"
    "body{font:1.0625rem/1.6 system-ui,sans-serif;max-width:42rem;margin:0 auto;"
    "padding:0 1rem 3rem;color:var(--e);background:var(--f);overflow-wrap:anywhere}"
    "header{padding:.5rem 0;border-bottom:1px solid var(--t)}"
    "header a{display:inline-block;padding:.5rem 0;font-weight:600;text-decoration:none}"
    "h1{font-size:clamp(1.5rem,1.2rem + 2vw,2rem);line-height:1.2}h2{font-size:1.2rem}"
    "a{color:var(--l)}:focus-visible{outline:3px solid var(--l);outline-offset:2px}"
    ".discret{color:var(--d)}.grave{color:var(--g)}"
    "ul.choix{list-style:none;padding:0;display:grid;gap:1rem}"
    "ul.choix>li{padding:1rem;background:var(--r);border-radius:.5rem}"
    "ul.choix h2{margin:0}ul.choix p{margin:.5rem 0 0}"
    "button,.bouton{display:inline-block;min-height:2.75rem;padding:.5rem 1.25rem;"
    "border:2px solid var(--l);border-radius:.5rem;background:var(--l);color:var(--f);"
    "font:inherit;font-weight:600;text-decoration:none;cursor:pointer}"
    ".leger{background:none;color:var(--l)}"
    "label{display:block;font-weight:600;margin:1rem 0 .25rem}label.case{font-weight:400}"
    "input,select,textarea{font:inherit;padding:.5rem .75rem;border:2px solid var(--d);"
    "border-radius:.5rem;background:var(--f);color:var(--e);max-width:100%}"
    "input:not([type=checkbox]):not([type=radio]),select,textarea{min-height:2.75rem;width:100%}"
    "input[type=checkbox],input[type=radio]{width:1.25rem;height:1.25rem;vertical-align:-.2rem}"
    "fieldset{border:1px solid var(--t);border-radius:.5rem;margin:1rem 0;padding:.5rem 1rem 1rem}"
    "legend{font-weight:600}.echelle{display:flex;flex-wrap:wrap;gap:0 .25rem}"
    ".echelle label{margin:0;padding:.6rem .25rem;min-width:3.2rem}"
    "dt{font-weight:600;margin-top:.75rem}dd{margin:0}"
    ".cadre{overflow-x:auto;margin:1rem 0}.cadre th,.cadre td{min-width:min(7rem,35vw)}"
    "table{border-collapse:collapse;width:100%;overflow-wrap:break-word}"
    "caption{text-align:left;padding:.25rem 0;color:var(--d)}"
    "th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;"
    "border-bottom:1px solid var(--t)}tbody th{font-weight:400}"
    ".masque{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);"
    "white-space:nowrap}"
    "summary{display:list-item;min-height:2.75rem;padding:.5rem 0;font-weight:600;color:var(--l);"
    "cursor:pointer}"
    "dd>ul,dd>p{margin:0}dd>ul{padding-left:1.25rem}"
    "p.code{font:600 1.5rem/1.4 ui-monospace,monospace;padding:.5rem .75rem;background:var(--r);"
    "border-radius:.5rem}"
    ".qr{width:11rem;max-width:100%;background:#fff}.qr svg{display:block;width:100%;height:auto}"
    "@media print{header,body>main>h1,.discret{display:none}ul.choix>li{break-inside:avoid}}"
    "code{background:var(--r);padding:.1rem .3rem}"
)
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE: Final = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Région Lab</title>
<style>{style}</style>
</head>
<body>
<header><a href="/">Région Lab</a></header>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def text(value: object) -> str:
    """A value escaped as the text of a page or the value of an attribute."""
    return escape(str(value))


def alert(mistake: str | None) -> str:
    """Why a form was refused, announced first by screen readers; empty without a mistake."""
    return f'<p class="grave" role="alert">{text(mistake)}</p>\n' if mistake else ""


def document(title: str, body: str) -> bytes:
    """A complete page. `title` is plain text, `body` HTML."""
    return _PAGE.format(title=text(title), style=_STYLE, body=body).encode()


def policy(forms: Iterable[str] = ()) -> str:
    """The Content-Security-Policy of such a page. `forms`: other origins that a form of the page
    can submit to or be redirected to (CSP 3 §6.4.1)."""
    actions = " ".join(("'self'", *forms))
    return (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; "
        f"form-action {actions}; frame-ancestors 'none'"
    )


def page(
    title: str,
    body: str,
    *,
    status: int = 200,
    forms: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page as a response that is not cached, and whose address is sent to no other site.

    `forms`: as in `policy`. `headers`: additional ones, which replace the page's own.
    """
    own = {
        "content-security-policy": policy(forms),
        "cache-control": "no-store",
        # With no-referrer a browser would hide the origin of the page's own forms.
        "referrer-policy": "same-origin",
    }
    all_headers = own | dict(headers or {})
    return Response(document(title, body), status, all_headers, media_type="text/html")
