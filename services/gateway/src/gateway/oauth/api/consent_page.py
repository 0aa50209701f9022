"""The page on which a person decides what an application gets, and the one to take it back.

Nothing is ticked in advance: what is kept was chosen (GDPR recital 32). No script is needed.
"""

from typing import Final
from urllib.parse import urlsplit

from fastapi import Response

from gateway.callers.domain.identity import Role
from gateway.oauth.api.scope_texts import plain_words, words_of
from gateway.oauth.domain.authorization_request import OPTIONAL
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.redirect_uris import form_target
from gateway.oauth.flows.authorize import ConsentRequest
from socle.http.pages import alert, page, text

_FORM: Final = """{mistake}<p>{whose}</p>
<form method="post" action="/auth/consent">
<input type="hidden" name="ticket" value="{ticket}">
{patient}<fieldset>
<legend>Ce que l'application pourra faire</legend>
{choices}</fieldset>
<p><button name="answer" value="some">Autoriser ce que j'ai coché</button></p>
<p><button name="answer" value="all" class="leger">Tout autoriser</button>
<button name="answer" value="none" class="leger" formnovalidate>Refuser</button></p>
</form>
<p class="discret">Ensuite, vous serez renvoyé vers {back}.
Un accès donné se retire à tout moment : <a href="/auth/applications">applications autorisées</a>.
{links}</p>
"""
_PATIENT: Final = """<fieldset>
<legend>Quel patient ?</legend>
<label for="patient">Identifiant du patient</label>
<input id="patient" name="patient" required autocomplete="off" maxlength="64"
 pattern="[A-Za-z0-9.\\-]+" aria-describedby="aide-patient">
<p class="discret" id="aide-patient">Celui de son dossier, par exemple a1b2-c3d4.</p>
</fieldset>
"""


def consent_page(question: ConsentRequest, role: Role) -> Response:
    """What is asked, by whom, for whose data."""
    client, offered = question.client, question.offer
    body = _FORM.format(
        mistake=alert(question.mistake),
        whose=_whose(question, role),
        ticket=text(question.ticket),
        patient=_PATIENT if offered.picks else "",
        choices="".join(_choices(question, role)),
        back=text(urlsplit(question.redirect_uri).netloc or "l'application"),
        links=_links(client),
    )
    title = f"« {client.name} » demande un accès"
    status = 400 if question.mistake else 200
    return page(title, body, status=status, forms=[form_target(question.redirect_uri)])


def _whose(question: ConsentRequest, role: Role) -> str:
    name, offered = text(question.client.name), question.offer
    if not offered.scopes.at("patient") and not offered.picks:
        return f"L'application « {name} » voudrait agir en votre nom."
    if role == "patient":
        return f"L'application « {name} » voudrait un accès à votre dossier."
    if offered.picks:
        return f"L'application « {name} » voudrait un accès au dossier d'un patient."
    return (
        f"L'application « {name} » voudrait un accès au dossier du patient "
        f"<code>{text(offered.patient)}</code>."
    )


def _choices(question: ConsentRequest, role: Role) -> list[str]:
    scopes = question.offer.scopes
    told = [(str(each), words_of(each, role), "") for each in scopes.choices()]
    told += [(name, *plain_words(name, role)) for name in OPTIONAL if name in scopes.plain]
    return [
        f'<label class="case"><input type="checkbox" name="keep" value="{text(value)}"'
        f"{' checked' if value in question.ticked else ''}> {text(words)}"
        f"{f' <span class=discret>({text(more)})</span>' if more else ''}</label>\n"
        for value, words, more in told
    ]


def _links(client: Client) -> str:
    links = ((client.terms, "Ses conditions"), (client.contact, "La contacter"))
    return " ".join(f'<a href="{text(to)}">{words}</a>.' for to, words in links if to)
