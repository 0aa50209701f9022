"""The HTML of the list of pilots, and of the opinions on one pilot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Response

from pilotes.contributions.domain import MAX_LENGTH, Contribution, Counts, privacy_notice
from pilotes.french.domain import format_day
from pilotes.http.api.page_route import problem_headers
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.stages import LABELS
from socle.errors import Refusal
from socle.http import of_refusal
from socle.http.pages import alert, page, text

_PILOTS: Final = """<p>Les essais de la région, en cours et passés. Chacun peut lire ce qui est
essayé et ce qui en est sorti, et donner son avis, sans compte.</p>
{pilots}{older}<p>Vous avez reçu un papier avec un code ? <a href="/participer">Participer</a>.</p>
"""
_PILOT: Final = """<li>
<h2>{title}</h2>
<p>{summary}</p>
<p class="discret">Étape : {stage}</p>
<p><a href="/participer/pilotes/{id}/avis">Lire les avis et donner le mien{hidden}</a></p>
{report}</li>
"""
_REPORT: Final = """<p><a href="/pilotes/v1/pilots/{id}/report">Ce qui en est sorti : le
rapport{hidden}</a></p>
"""
_HIDDEN: Final = '<span class="masque"> : {title}</span>'
_OPINIONS: Final = """{done}<h2>Ce qui est essayé</h2>
<p>{summary}</p>
<dl>
{facts}</dl>
{report}<h2>Votre avis</h2>
{form}<h2>Ce que les gens en disent</h2>
<p>{counts}</p>
{said}{older}<p><a href="/participer/pilotes">Tous les pilotes</a></p>
"""
_FACT: Final = "<dt>{name}</dt><dd>{value}</dd>\n"
_FORM: Final = """{mistake}<form method="post" action="/participer/pilotes/{id}/avis/envoi">
<label for="said">Que pensez-vous de cet essai ?</label>
<textarea id="said" name="said" rows="6" required maxlength="{longest}"
 aria-describedby="aide-said">{typed}</textarea>
<p class="discret" id="aide-said">N'écrivez ni nom, ni rien sur la santé de quelqu'un.
{notice}</p>
<p><button>Envoyer mon avis</button></p>
</form>
<p>Vous participez à cet essai et quelque chose ne va pas ?
<a href="/participer/mes-participations">Signalez-le depuis « Mes participations »</a> : un incident
grave arrête l'essai aussitôt.</p>
"""
_CLOSED: Final = "<p>Ce pilote est clos : il ne reçoit plus d'avis.</p>\n"
_DONE: Final = """<p role="status">Merci. Votre avis est transmis à l'équipe du pilote. Il paraîtra
ici s'il est publié, avec sa réponse.</p>
"""
_ONE: Final = """<li>
<p class="discret">Le {received}</p>
<p>{said}</p>
<p><strong>Réponse de l'équipe, le {answered} :</strong><br>
{answer}</p>
</li>
"""


@dataclass(frozen=True, slots=True)
class Opinions:
    """One page of the published opinions on a pilot."""

    pilot: Pilot
    counts: Counts
    found: Sequence[Contribution]
    """The latest first."""
    next: str | None
    """The cursor of the next page, with older ones; None on the last."""


def pilots_page(pilots: Sequence[Pilot], after: str | None) -> Response:
    """The list of pilots. `after`: the cursor of the next page; None on the last."""
    items = "".join(_pilot(each) for each in pilots)
    listed = f'<ul class="choix">\n{items}</ul>\n' if items else "<p>Aucun pour l'instant.</p>\n"
    older = _link(f"/participer/pilotes?cursor={text(after)}", "Pilotes suivants") if after else ""
    return page("Les pilotes de la région", _PILOTS.format(pilots=listed, older=older))


def opinions_page(
    opinions: Opinions, *, done: bool = False, typed: str = "", refusal: Refusal | None = None
) -> Response:
    """The opinions on a pilot, with a form.

    `done`: whether an opinion was just sent. `typed`: the text in the form. `refusal`: why that
    text was refused.
    """
    pilot = opinions.pilot
    facts = (
        ("Étape", LABELS[pilot.stage]),
        ("Porté par", pilot.description.owner),
        ("Avec qui", pilot.description.audience),
        # Only a running pilot enrols people.
        ("Comment participer", pilot.description.taking_part if pilot.state == "running" else ""),
    )
    items_html = "".join(_one(each) for each in opinions.found)
    path = f"/participer/pilotes/{text(pilot.id)}/avis"
    body = _OPINIONS.format(
        done=_DONE if done else "",
        summary=_lines(pilot.description.summary),
        facts="".join(_FACT.format(name=name, value=_lines(v)) for name, v in facts if v),
        report=_report(pilot),
        form=_CLOSED if pilot.stage == "closed" else _form(pilot, typed, refusal),
        counts=text(opinions.counts.sentence),
        said=f'<ul class="choix">\n{items_html}</ul>\n' if items_html else "",
        older=_link(f"{path}?cursor={opinions.next}", "Avis plus anciens") if opinions.next else "",
    )
    problem = of_refusal(refusal) if refusal is not None else None
    headers = problem_headers(problem) if problem else {}
    status = problem.type.status if problem else 200
    return page(f"Donner son avis : {pilot.title}", body, status=status, headers=headers)


def _form(pilot: Pilot, typed: str, refusal: Refusal | None) -> str:
    return _FORM.format(
        mistake=alert(refusal.message if refusal else ""),
        id=text(pilot.id),
        longest=MAX_LENGTH,
        typed=text(typed),
        notice=text(privacy_notice(pilot.processing.retention_days)),
    )


def _pilot(pilot: Pilot) -> str:
    return _PILOT.format(
        id=text(pilot.id),
        title=text(pilot.title),
        summary=_lines(pilot.description.summary),
        stage=LABELS[pilot.stage],
        hidden=_HIDDEN.format(title=text(pilot.title)),
        report=_report(pilot),
    )


def _report(pilot: Pilot) -> str:
    """The link to the report; none during the trial, when only the team can read the results."""
    if pilot.stage == "trial":
        return ""
    return _REPORT.format(id=text(pilot.id), hidden=_HIDDEN.format(title=text(pilot.title)))


def _one(each: Contribution) -> str:
    assert each.answered_at is not None, "a published contribution has an answer"
    return _ONE.format(
        received=format_day(each.received_on),
        said=_lines(each.text),
        answered=format_day(each.answered_at),
        answer=_lines(each.answer),
    )


def _link(path: str, label: str) -> str:
    return f'<p><a href="{path}">{label}</a></p>\n'


def _lines(content: str) -> str:
    return text(content).replace("\n", "<br>\n")
