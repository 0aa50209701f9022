"""How each invariant of R4 is evaluated: by FHIRPath, natively, or not, with the reason."""

from typing import Any

NATIVE = """
    ele-1 ext-1 per-1 qty-3 sqty-1 age-1 cnt-3 dis-1 drt-1 rng-2 rat-1 cpt-2 att-1 exp-1 ref-1 txt-1
    txt-2 tim-1 tim-2 tim-4 tim-5 tim-6 tim-7 tim-8 tim-9 tim-10 dom-2 dom-3 dom-4 dom-5 bdl-5 bdl-7
    bdl-8 bdl-10 vsd-6 vsd-9 vsd-10 pat-1 obs-6 obs-7 que-7 ras-2 csd-1 sdf-8 sdf-8a ig-1 ig-2
    que-1 que-3 que-4 que-5 que-6 que-8 que-9 que-10 que-11 que-12 que-13
"""
"""Keys of the constraints that `esante.validation.domain` evaluates without FHIRPath."""

# The reason, by key, why a constraint is not evaluated.
NOT_JUDGED = {
    "ctm-1": "resolve() asks for another resource",
    "dom-6": "best practice",
}


def judged(constraint: dict[str, Any]) -> str:
    """How a constraint is evaluated: `native`, `fhirpath`, or the reason why it is not."""
    key = constraint["key"]
    if key in NATIVE.split():
        return "native"
    return NOT_JUDGED.get(key, "fhirpath")
