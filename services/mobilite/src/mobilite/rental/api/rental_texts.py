"""The French sentences of rental responses."""

from collections.abc import Mapping
from typing import Final

from mobilite.gtfs.domain.enumerations import FormFactor, Propulsion
from mobilite.rental.flows.list_rental import RentalPage, RentalQuery, SystemReport

NO_SYSTEM: Final = "Aucun réseau de véhicules en libre-service n'est déclaré."
_FORMS: Final[Mapping[FormFactor, str]] = {
    "bicycle": "vélo",
    "cargo_bicycle": "vélo cargo",
    "car": "voiture",
    "moped": "scooter",
    "scooter": "trottinette",
    "scooter_standing": "trottinette",
    "scooter_seated": "trottinette à selle",
    "other": "autre véhicule",
}
_PROPULSIONS: Final[Mapping[Propulsion, str]] = {
    "human": "mécanique",
    "electric_assist": "à assistance électrique",
    "electric": "électrique",
    "combustion": "à essence",
    "combustion_diesel": "diesel",
    "hybrid": "hybride",
    "plug_in_hybrid": "hybride rechargeable",
    "hydrogen_fuel_cell": "à hydrogène",
}


def system_message(report: SystemReport) -> str:
    """A sentence on the age of a system's data."""
    oldest = report.oldest
    if oldest is None or oldest.seconds is None:
        if report.system.error is not None:
            return (
                "Aucune disponibilité reçue : les données de l'exploitant ne peuvent pas être lues."
            )
        return "Aucune disponibilité reçue pour l'instant."
    if report.state == "stale":
        return (
            f"Disponibilités périmées : l'exploitant n'a rien publié depuis "
            f"{_duration(oldest.seconds)}."
        )
    return "Disponibilités à jour."


def nothing_found(page: RentalPage, query: RentalQuery, *, first: bool) -> str | None:
    """Why the first page is empty; None if it is not, or is not the first."""
    if page.hits or not first:
        return None
    if not page.reports:
        return NO_SYSTEM
    if all(report.state == "none" for report in page.reports):
        return "Aucune disponibilité n'a encore été reçue des exploitants."
    what = "Aucun véhicule ni station en libre-service"
    if query.item_type is not None:
        what = (
            "Aucune station" if query.item_type == "station" else "Aucun véhicule en libre-service"
        )
    if query.available:
        what += " où louer maintenant" if query.item_type == "station" else " à louer maintenant"
    if query.near is not None:
        return f"{what} à moins de {query.near[2]:.0f} m."
    return f"{what} pour cette recherche."


def type_words(form: FormFactor | None, propulsion: Propulsion | None) -> str:
    """A vehicle type for people: « vélo à assistance électrique »."""
    if form is None:
        return "véhicule"
    if propulsion is None or (propulsion == "human" and form not in ("bicycle", "cargo_bicycle")):
        return _FORMS[form]
    return f"{_FORMS[form]} {_PROPULSIONS[propulsion]}"


def _duration(seconds: int) -> str:
    if seconds < 5400:
        return f"{max(1, seconds // 60)} min"
    return f"{seconds // 3600} h" if seconds < 172_800 else f"{seconds // 86_400} jours"
