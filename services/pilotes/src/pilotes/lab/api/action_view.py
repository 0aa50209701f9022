"""How the form of an action is displayed: opened, refused, as a draft, or merged."""

from dataclasses import replace
from typing import Final

from fastapi import Response

from pilotes.lab.api.access import pilot_page
from pilotes.lab.api.action_forms import ActionTarget, LabPages
from pilotes.lab.api.form_fields import ActionForm, FormField
from pilotes.lab.api.long_forms import EnteredForm, digest_of, write_opened
from pilotes.surveys.api.answer_page import WORDING
from socle.errors import Refusal
from socle.http import of_refusal
from socle.pages import problem_sentence

_NAMED: Final = frozenset({"etape", "piece"})
"""The actions whose title names what they lead to."""


def action_page(
    name: str,
    target: ActionTarget,
    form: ActionForm,
    given: LabPages,
    sent: EnteredForm | None,
    impossible: Refusal | None,
    *,
    long: bool,
) -> Response:
    """The page. `form`: as it is now. `sent`: what is displayed in it; None: it is opened.
    `impossible`: why the action cannot be done now. `long`: as `Action.long`."""
    opened = form.values
    if sent is not None:
        form = _with_sent(form, sent)
        opened = sent.opened
    problem = sent.problem if sent else None
    displayed_problem = problem or (of_refusal(impossible) if impossible else None)
    return given.pages.answer(
        "lab/reprise.html" if sent and sent.merged else "lab/action.html",
        status=problem.type.status if problem else 200,
        headers=problem.text_headers if problem else {},
        action=name,
        variant=form.variant,
        pilot=target.pilot,
        back=pilot_page(target.pilot.id),
        form=form,
        long=long,
        opened=write_opened(opened) if long else "",
        reviewed=_reviewed(sent),
        sent=sent,
        named=name in _NAMED,
        detail=target.detail,
        possible=impossible is None and not form.missing,
        wrong=problem_sentence(given.pages, displayed_problem) if displayed_problem else None,
        wrong_fields=sent.wrong if sent else frozenset(),
        added=_added(form, sent),
        wording=WORDING,
        survey_texts=given.pages.texts("questionnaire"),
    )


def _with_sent(form: ActionForm, sent: EnteredForm) -> ActionForm:
    """The form with what was typed; texts to copy if the action has become impossible."""
    revision = form.revision if sent.revision is None else sent.revision
    if form.fields:
        return replace(form.filled(sent.fields), revision=revision)
    fields = [FormField(name, value=value) for name, value in sorted(sent.fields.items())]
    return replace(form, fields=fields, revision=revision)


def _reviewed(sent: EnteredForm | None) -> str:
    """What names the fields that can be sent as they were reviewed; empty if they cannot."""
    if sent is None or not sent.reviews or any(e.name == "mistakes" for e in sent.reviews):
        return ""
    return digest_of(sent.fields)


def _added(form: ActionForm, sent: EnteredForm | None) -> str:
    """The name of the first field of the part that was added; empty without one."""
    if sent is None or not sent.added:
        return ""
    names = [each.name for each in form.fields if each.text_name == f"{sent.added}_label"]
    return names[-1] if names else ""
