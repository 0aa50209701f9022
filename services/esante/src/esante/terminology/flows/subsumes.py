"""$subsumes: whether a code is above or below another.

https://hl7.org/fhir/R4/codesystem-operation-subsumes.html
"""

from typing import Literal

from esante.terminology.flows.resolver import TerminologyResolver
from socle.errors import Refusal

Subsumption = Literal["equivalent", "subsumes", "subsumed-by", "not-subsumed"]


async def subsumes(
    url: str, code_a: str, code_b: str, *, resolver: TerminologyResolver
) -> Subsumption:
    """How code A relates to code B in a code system.

    `url`: its canonical. Raises Refusal("not_found") if the code system or a code is not known.
    """
    system = await resolver.code_system(url)
    if system is None:
        raise Refusal("not_found", f"Le système de codes {url} n'est pas connu ici.")
    found = []
    for code in (code_a, code_b):
        concept = system.find(code)
        if concept is None:
            raise Refusal("not_found", f"« {code} » n'est pas un code de {url}.")
        found.append(concept.code)
    one, other = found
    if one == other:
        return "equivalent"
    if one in system.subsuming_codes(other):
        return "subsumes"
    return "subsumed-by" if other in system.subsuming_codes(one) else "not-subsumed"
