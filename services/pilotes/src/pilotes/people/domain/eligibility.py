"""What a person has to declare to take part: sentences, the place they belong to, or an answer."""

from dataclasses import dataclass

from pilotes.record.domain.draws.designs import Design, Place
from pilotes.record.domain.protocol import EligibilityRules
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Declaration:
    """A sentence that a person has to confirm to take part."""

    name: str
    """The value of its box in the form, and its name in the API."""
    sentence: str
    """In French."""


def list_declarations(rules: EligibilityRules) -> tuple[Declaration, ...]:
    """All declarations, in their order on the page."""
    found = []
    if rules.minimum_age is not None:
        found.append(Declaration("age", f"J'ai au moins {rules.minimum_age} ans."))
    found += [Declaration(f"d{at}", each) for at, each in enumerate(rules.declarations, start=1)]
    return tuple(found)


def missing_declarations(
    rules: EligibilityRules, declared: frozenset[str], *, account: bool
) -> tuple[str, ...]:
    """The required sentences that a person has not declared, in French.

    `declared`: names of declarations. `account`: whether they are logged in.
    """
    missing = [each.sentence for each in list_declarations(rules) if each.name not in declared]
    if rules.account_required and not account:
        missing.append("Je suis connecté à mon compte.")
    return tuple(missing)


def check_place(design: Design, place: str, invited: Place | None) -> str | None:
    """The place of a person who enrols; None if the trial draws people. Raises Refusal if it is
    none of the places that are drawn, or another one than they are invited to. `place`: the code
    that they chose; empty: none. `invited`: the place of their enrolment code; None: it has
    none."""
    if not design.by_place:
        return None
    if invited is not None:
        if place not in ("", invited.code):
            raise Refusal(
                "invalid",
                f"Ce code est celui de « {invited.label} » : on ne choisit pas un autre lieu. Rien"
                " n'a été enregistré.",
                rule="place_of_code",
                place=invited.label,
            )
        return invited.code
    if not design.has_place_choice:
        return design.places[0].code
    if place not in {each.code for each in design.places}:
        raise Refusal(
            "invalid",
            f"Choisissez une réponse : « {design.question} ». Rien n'a été enregistré.",
            rule="place_missing",
            question=design.question,
        )
    return place


def check_stratum(design: Design, stratum: str) -> str | None:
    """The stratum that a person who enrols is drawn in, empty without a question; None if the trial
    does not draw in blocks. Raises Refusal if `stratum` is not the code of an answer."""
    if not design.in_blocks:
        return None
    if not design.strata:
        return ""
    if stratum not in {each.code for each in design.strata}:
        raise Refusal(
            "invalid",
            f"Choisissez une réponse : « {design.question} ». Rien n'a été enregistré.",
            rule="stratum_missing",
            question=design.question,
        )
    return stratum


def check_same_place(design: Design, place: str | None, former: str | None) -> None:
    """Raises Refusal if a person who comes back belongs to another place than before: they would be
    drawn with two. `place`, `former`: codes; None: none."""
    if former is None or place is None or place == former:
        return
    known = design.find_place(former)
    label = former if known is None else known.label
    raise Refusal(
        "invalid",
        f"Vous avez déjà participé à « {label} » : votre lieu ne change pas. Choisissez-le, ou"
        " demandez un code de ce lieu. Rien n'a été enregistré.",
        rule="place_differs",
        place=label,
    )
