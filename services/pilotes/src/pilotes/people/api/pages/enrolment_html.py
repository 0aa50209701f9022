"""The pages of an enrolment: the code, the notice, the decision, the confirmation."""

from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from fastapi import Response

from pilotes.identity.domain.codes import format_code
from pilotes.identity.domain.person import Person
from pilotes.people.api.pages.notice_html import notice_details, notice_summary
from pilotes.people.domain.eligibility import list_declarations
from pilotes.people.domain.enrolment import OpenTrial
from socle.http.pages import alert, page, text

_CODE: Final = """{mistake}<p>Vous avez reçu un papier avec un code ? Recopiez-le ici.</p>
<form method="get" action="/participer">
<label for="code">Code reçu</label>
<input id="code" name="code" required autocomplete="off" autocapitalize="characters"
 spellcheck="false" maxlength="40" value="{typed}" aria-describedby="aide-code">
<p class="discret" id="aide-code">Dix lettres et chiffres, par exemple 7K3M9-QXT2A.
Majuscules, minuscules et tirets ne comptent pas.</p>
<p><button>Voir de quoi il s'agit</button></p>
</form>
<p>Rien n'est décidé à cette étape : vous lirez d'abord ce qui vous est proposé.</p>
<h2>Vous participez déjà ?</h2>
<ul>
<li><a href="/participer/mes-participations">Voir mes participations, ou arrêter</a></li>
<li><a href="/participer/retour">J'ai un code personnel, et cet appareil ne me connaît pas</a></li>
</ul>
<h2>Vous ne participez pas ?</h2>
<p>Vous pouvez lire ce qui est essayé et <a href="/participer/pilotes">donner votre avis sur un
pilote</a>.</p>
"""
_OFFER: Final = """{mistake}<p>On vous propose de participer à un essai.
<strong>Vous êtes libre d'accepter ou de refuser.</strong> Refuser ne change rien pour vous.</p>
{short}{full}<h2>Votre décision</h2>
<form method="post" action="/participer/c/{code}">
<input type="hidden" name="pilot_id" value="{pilot_id}">
<input type="hidden" name="notice_version" value="{version}">
{eligibility}{known}
<p><button name="decision" value="yes">J'accepte de participer</button></p>
<p><button name="decision" value="no" formnovalidate>Je refuse</button></p>
</form>
"""
_ELIGIBILITY: Final = """<fieldset>
<legend>Pour accepter, cochez ce qui est vrai pour vous</legend>
{boxes}</fieldset>
"""
_WITH_ACCOUNT: Final = """<p>Vous êtes connecté : votre participation tiendra à votre compte, sur
tous vos appareils.</p>
"""
_ACCOUNT_WANTED: Final = """<p>Ce pilote demande un compte :
<a href="/auth/login?next={back}">connectez-vous d'abord</a>, vous reviendrez ici.</p>
"""
_WITHOUT_ACCOUNT: Final = """<p>Aucun compte n'est nécessaire. Si vous acceptez, cet appareil
gardera un cookie, qui ne sert qu'à cela. Vous avez un compte et préférez l'utiliser ?
<a href="/auth/login?next={back}">Connectez-vous d'abord</a>.</p>
"""
_ALREADY: Final = """<p>Vous participez déjà à ce pilote. Il n'y a rien d'autre à faire.</p>
<p><a class="bouton" href="/participer/mes-participations">Voir mes participations</a></p>
"""
_REFUSED: Final = """<p>Vous ne participez pas à « {title} ». Rien n'a été enregistré, et cela ne
change rien pour vous.</p>
<p>Si vous changez d'avis, votre code reste valable : <a href="/participer/c/{code}">relire la
proposition</a>.</p>
"""
_THANKS: Final = """<p role="status">Merci. Votre accord est enregistré pour « {title} ».</p>
{personal_code}<h2>Et maintenant ?</h2>
<p>{task}</p>
<h2>Pour arrêter</h2>
<p>Quand vous voulez, sans dire pourquoi, sur la page
<a href="/participer/mes-participations">Mes participations</a>. Elle se trouve aussi au bas des
pages de Région Lab.</p>
"""
_PERSONAL: Final = """<h2>Votre code personnel</h2>
<p class="code">{code}</p>
<p><strong>Notez-le, ou photographiez-le.</strong> C'est lui qui vous permet de retrouver votre
participation, de voir vos données et d'arrêter depuis un autre appareil. Personne ne pourra vous le
redonner : nous ne savons pas qui vous êtes. Ne le montrez à personne.</p>
"""


def code_page(*, typed: str = "", mistake: str = "") -> Response:
    """The page with the form for a code. `typed`: its current value. `mistake`: what is wrong with
    it."""
    return page(
        "Participer à un pilote",
        _CODE.format(mistake=alert(mistake), typed=text(typed)),
        status=400 if mistake else 200,
    )


def offer_page(
    trial: OpenTrial,
    code: str,
    person: Person,
    *,
    declared: Collection[str] = (),
    mistake: str = "",
) -> Response:
    """The page with the notice and the decision.

    `declared`: names of the boxes that are ticked. `mistake`: why a decision was refused.
    """
    body = _OFFER.format(
        mistake=alert(mistake),
        short=notice_summary(trial.notice, until=trial.protocol.ends_at),
        full=notice_details(trial.notice),
        code=text(code),
        pilot_id=text(trial.pilot.id),
        version=text(trial.notice.version),
        eligibility=_eligibility(trial, declared),
        known=_identity(trial, code, person),
    )
    return page(trial.notice.title, body, status=400 if mistake else 200)


def already_page(title: str) -> Response:
    """The page for a person who already takes part. `title`: of the pilot."""
    return page(title, _ALREADY)


def refused_page(title: str, code: str) -> Response:
    """The page after a refusal to take part."""
    return page("C'est noté", _REFUSED.format(title=text(title), code=text(code)))


def thanks_page(title: str, task: str, personal_code: str | None) -> Response:
    """The page after a consent.

    `title`: of the pilot. `task`: what participants have to do. `personal_code`: None for a person
    with an account.
    """
    personal = (
        "" if personal_code is None else _PERSONAL.format(code=text(format_code(personal_code)))
    )
    body = _THANKS.format(title=text(title), task=text(task), personal_code=personal)
    return page("Vous participez", body)


def _eligibility(trial: OpenTrial, declared: Collection[str]) -> str:
    who = f"<p>Qui peut participer : {text(trial.protocol.eligibility)}</p>\n"
    declarations = list_declarations(trial.protocol.rules)
    if not declarations:
        return who
    boxes = "".join(
        f'<label class="case"><input type="checkbox" name="declared" value="{text(each.name)}" '
        f"required{' checked' if each.name in declared else ''}> {text(each.sentence)}</label>\n"
        for each in declarations
    )
    return who + _ELIGIBILITY.format(boxes=boxes)


def _identity(trial: OpenTrial, code: str, person: Person) -> str:
    """How the participation will be tied to the person: their account, or this device."""
    if person.account is not None:
        return _WITH_ACCOUNT
    wanted = trial.protocol.rules.account_required
    sentence = _ACCOUNT_WANTED if wanted else _WITHOUT_ACCOUNT
    return sentence.format(back=quote(f"/participer/c/{code}", safe="/"))
