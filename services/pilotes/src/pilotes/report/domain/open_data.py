"""The open data of a trial that is over, in its report."""

from pilotes.report.domain.document import Block, Heading, Link, Paragraph


def open_data_section(address: str) -> list[Block]:
    """Where the figures of a report are, as files. `address`: of the pilot in the API, in
    browsers."""
    table, dictionary = f"{address}/indicators.csv", f"{address}/open-data"
    return [
        Heading("Les données"),
        Paragraph(
            "Les chiffres de ce rapport sont des données ouvertes, sous Licence Ouverte (Etalab) :"
            " une ligne par indicateur et par groupe. Une ligne dont la colonne « status » dit"
            " « hidden » est vide : il y avait trop peu de personnes pour la montrer."
        ),
        Link(f"Les chiffres, pour un tableur (CSV) : {table}", table),
        Link(
            f"Le sens de chaque colonne, et les autres fichiers (JSON) : {dictionary}", dictionary
        ),
    ]
