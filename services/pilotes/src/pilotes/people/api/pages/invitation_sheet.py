"""A sheet of invitations to print and cut. Each explains the pilot, so that people can decide
later."""

from collections.abc import Sequence
from typing import Final

from fastapi import Response

from socle.http.pages import page, text

_ONE: Final = """<li>
<h2>{title}</h2>
<p>{summary}</p>
<div class="qr">{qr}</div>
<p>Visez ce carré avec l'appareil photo d'un téléphone. Ou bien allez à
<strong>{address}</strong> et recopiez ce code :</p>
<p class="code">{code}</p>
<p>Vous lirez de quoi il s'agit, puis vous direz oui ou non. Refuser ne change rien pour vous.
{again}</p>
<p>Pour arrêter, quand vous voulez : <strong>{address}/mes-participations</strong></p>
</li>
"""
_SHEET: Final = """<p class="discret">À imprimer maintenant : ces codes ne se montrent
qu'une fois.</p>
<ul class="choix">
{rows}</ul>
"""
_ALONE: Final = "Ce code est pour vous seul, il sert une fois."


def invitation_sheet(
    title: str, summary: str, codes: Sequence[tuple[str, str]], *, public: str, many: bool
) -> Response:
    """The page to print.

    `title`, `summary`: of the pilot. `codes`: pairs of a code and its QR code in trusted SVG.
    `public`: the platform's address in browsers. `many`: whether several people can use a code.
    """
    address = public.partition("://")[2] + "/participer"
    rows = "".join(
        _ONE.format(
            title=text(title),
            summary=text(summary),
            qr=qr,
            address=text(address),
            code=text(code),
            again="" if many else _ALONE,
        )
        for code, qr in codes
    )
    return page("Invitations à remettre", _SHEET.format(rows=rows))
