"""$lookup: the definition of a code. https://hl7.org/fhir/R4/codesystem-operation-lookup.html"""

from esante.terminology.domain.concepts import CodeSystem, Coding, Concept
from esante.terminology.flows.resolver import TerminologyResolver
from socle.errors import Refusal


async def lookup(coding: Coding, *, resolver: TerminologyResolver) -> tuple[CodeSystem, Concept]:
    """The code system and the concept of a code.

    Raises Refusal("invalid") without a system or a code, and Refusal("not_found") if the system or
    the code is not known.
    """
    if not coding.system or not coding.code:
        raise Refusal("invalid", "Un code et son système sont attendus.", issue="required")
    system = await resolver.code_system(coding.system)
    if system is None:
        raise Refusal("not_found", f"Le système de codes {coding.system} n'est pas connu ici.")
    concept = system.find(coding.code)
    if concept is None:
        raise Refusal("not_found", f"« {coding.code} » n'est pas un code de {system.url}.")
    return system, concept
