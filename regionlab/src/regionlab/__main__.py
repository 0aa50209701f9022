"""`regionlab`: the command line of the launcher and of the platform's tools."""

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from embedded.command_line import Parser
from regionlab.argument_types import instant, population_scale, port, scale, speed
from regionlab.errors import UserError
from regionlab.population_commands import add_population
from regionlab.workspace import DATA

if TYPE_CHECKING:
    from regionlab.launch.demo import DemoOptions


def command_parser() -> Parser:
    """The commands and their options; its texts are French."""
    parser = Parser(prog="regionlab", description="Région Lab : le lanceur et ses outils.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMANDE")
    _add_demo(commands)
    _add_replay(commands)
    _add_desk_key(commands)
    _add_topics(commands)
    _add_token(commands)
    add_population(commands)
    text = "écrit sur la sortie des clés de signature neuves pour la passerelle (GATEWAY_KEYS)"
    commands.add_parser("signing-keys", help=text, description=text)
    text = "les adresses de la plateforme, et qui peut appeler chacune"
    commands.add_parser("routes", help=text, description=text)
    text = "crée une clé pour un service de la maison, que les plans ne limitent pas"
    then = "La clé n'est montrée qu'une fois ; la table [[key]] va dans GATEWAY_PLANS."
    key = commands.add_parser("house-key", help=text, description=text, epilog=then)
    key.add_argument("nom", help="le service : portail, par exemple")
    text = "écrit un nouveau service et l'inscrit partout où il le faut"
    then = "Validez d'abord votre travail (git commit) : la commande modifie des fichiers suivis."
    new = commands.add_parser("new", help=text, description=text, epilog=then)
    new.add_argument(
        "nom", help="un mot de lettres minuscules sans accent et de chiffres, de 2 à 31 caractères"
    )
    return parser


def _add_demo(commands: "argparse._SubParsersAction[Parser]") -> None:
    text = "démarre toute la plateforme sur cette machine ; Ctrl-C l'arrête"
    demo = commands.add_parser("demo", help=text, description=text)
    demo.add_argument(
        "--feeds",
        type=Path,
        metavar="FICHIER",
        help="fichier feeds.toml, au lieu de la région de démonstration",
    )
    demo.add_argument(
        "--data",
        type=Path,
        default=DATA,
        metavar="DOSSIER",
        help=f"dossier des données ({DATA})",
    )
    demo.add_argument(
        "--scale",
        type=scale,
        default=1,
        metavar="N",
        help="taille de la région de démonstration : 1, 4 ou 16 pour les mesures (1)",
    )
    demo.add_argument(
        "--without-pilots",
        action="store_true",
        help="sans les trois pilotes de démonstration et leurs participants simulés",
    )
    demo.add_argument(
        "--population",
        type=population_scale,
        metavar="TAILLE",
        help="avec des patients simulés, chargés après le démarrage ; 1 : 200 patients",
    )
    _add_platform_options(
        demo, "l'horloge de la plateforme part de cet instant : un jour passé redevient vif"
    )


def _add_replay(commands: "argparse._SubParsersAction[Parser]") -> None:
    text = "rejoue des flux archivés, comme s'ils étaient publiés maintenant"
    replay = commands.add_parser("replay", help=text, description=text)
    replay.add_argument(
        "archive", type=Path, metavar="DOSSIER", help="l'archive : MOBILITE_DATA/archive"
    )
    replay.add_argument(
        "--data",
        type=Path,
        metavar="DOSSIER",
        help="dossier des données, vide (un dossier provisoire)",
    )
    _add_platform_options(replay, "le moment de l'archive par où commencer (le premier message)")


def _add_platform_options(command: Parser, at: str) -> None:
    """Add the options of every command that starts the platform. `at`: the help of `--at`."""
    command.add_argument(
        "--port", type=port, default=8080, metavar="PORT", help="port du site (8080)"
    )
    command.add_argument("--at", type=instant, metavar="INSTANT", help=at)
    command.add_argument(
        "--speed",
        type=speed,
        default=1.0,
        metavar="N",
        help="l'horloge de la plateforme va N fois plus vite (1)",
    )
    broker = command.add_mutually_exclusive_group()
    broker.add_argument(
        "--broker",
        choices=("embedded", "kafka"),
        default="embedded",
        help="le courtier embarqué, ou un vrai Apache Kafka (Java 17 et Maven)",
    )
    broker.add_argument("--kafka", metavar="ADRESSE", help="un Kafka qui tourne déjà : hôte:port")
    command.add_argument("--postgres", metavar="URL", help="un PostgreSQL qui tourne déjà")


def _add_desk_key(commands: "argparse._SubParsersAction[Parser]") -> None:
    text = "crée une clé du guichet, pour un exploitant sans logiciel"
    then = (
        "La table [[key]] va dans le fichier de MOBILITE_DESK_KEYS, relu quand il change"
        " (.regionlab/mobilite/desk.toml dans la démonstration) ; la clé, montrée cette seule"
        " fois, va à l'exploitant."
    )
    key = commands.add_parser("desk-key", help=text, description=text, epilog=then)
    key.add_argument("nom", help="à qui elle est : écrit avec chaque avis publié")
    key.add_argument("feeds", nargs="+", metavar="RÉSEAU", help="les réseaux qu'elle ouvre")


def _add_token(commands: "argparse._SubParsersAction[Parser]") -> None:
    text = "écrit un jeton d'accès de la démonstration qui tourne, valable une heure"
    token = commands.add_parser("token", help=text, description=text)
    token.add_argument(
        "--role",
        required=True,
        choices=("professional", "patient", "traveller", "integrator", "coordinator"),
        help="au nom de qui",
    )
    text = "un droit OAuth ; répétable ; sans lui, ceux de ce rôle sur les données de santé"
    token.add_argument("--scope", action="append", default=[], metavar="DROIT", help=text)
    token.add_argument("--patient", metavar="ID", help="le patient dont il s'agit")
    token.add_argument(
        "--data", type=Path, default=DATA, metavar="DOSSIER", help=f"dossier des données ({DATA})"
    )


def _add_topics(commands: "argparse._SubParsersAction[Parser]") -> None:
    text = "les sujets déclarés dans schemas/topics.toml"
    topics = commands.add_parser("topics", help=text, description=text)
    actions = topics.add_subparsers(dest="action", required=True, metavar="ACTION")
    apply = actions.add_parser("apply", help="les crée ou les met à jour sur un Kafka")
    apply.add_argument("--kafka", required=True, metavar="ADRESSE", help="hôte:port")
    apply.add_argument(
        "--replicas",
        type=int,
        default=1,
        metavar="NOMBRE",
        help="copies de chaque partition (1)",
    )
    listing = actions.add_parser("list", help="les affiche en tableau")
    schemas = actions.add_parser("schemas", help="écrit les JSON Schema et asyncapi.yaml du code")
    for action in (apply, listing, schemas):
        action.add_argument(
            "--file",
            type=Path,
            metavar="FICHIER",
            help="un autre fichier que schemas/topics.toml",
        )


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = command_parser().parse_args(argv)
    try:
        return _run(arguments)
    except UserError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.code


def _run(arguments: argparse.Namespace) -> int:
    # Imported here, so that a command starts without the imports of the others.
    if arguments.command == "demo":
        from regionlab.launch.demo import run_demo

        return run_demo(_demo_options(arguments, arguments.data))
    if arguments.command == "replay":
        from regionlab.replay.command import run_replay

        return run_replay(arguments.archive, arguments.data, partial(_demo_options, arguments))
    if arguments.command in ("desk-key", "house-key"):
        from regionlab.credentials.print_key import print_key

        return print_key(arguments.nom, getattr(arguments, "feeds", None))
    if arguments.command == "token":
        from regionlab.launch.tokens import new_token

        scope = " ".join(arguments.scope)
        print(new_token(arguments.data, arguments.role, scope, arguments.patient))  # noqa: T201
        return 0
    if arguments.command == "population":
        from regionlab.population_commands import run_population

        return run_population(arguments)
    if arguments.command == "signing-keys":
        from regionlab.credentials.secrets import new_signing_keys

        print(new_signing_keys(), end="")  # noqa: T201
        return 0
    if arguments.command == "routes":
        from regionlab.contracts.routes import as_table

        print(as_table())  # noqa: T201
        return 0
    if arguments.command == "new":
        return _new(arguments.nom)
    return _topics(arguments)


def _demo_options(arguments: argparse.Namespace, data: Path) -> "DemoOptions":
    """The options of `demo`, or of `replay`, which has no feeds, scale and pilots."""
    from regionlab.launch.demo import DemoOptions

    feeds = getattr(arguments, "feeds", None)
    return DemoOptions(
        port=arguments.port,
        data=data,
        feeds=feeds and feeds.resolve(),
        at=arguments.at,
        speed=arguments.speed,
        scale=getattr(arguments, "scale", 1),
        population=getattr(arguments, "population", None) or 0.0,
        pilots=not getattr(arguments, "without_pilots", True),
        broker=arguments.broker,
        kafka=arguments.kafka,
        postgres=arguments.postgres,
    )


def _new(nom: str) -> int:
    from regionlab.scaffold.new_service import advice, new_service
    from regionlab.workspace import workspace_root

    root = workspace_root()
    for path in new_service(nom, root):
        print(path.relative_to(root))  # noqa: T201
    print(advice(nom))  # noqa: T201
    return 0


def _topics(arguments: argparse.Namespace) -> int:
    import asyncio

    from regionlab.contracts.topics import apply_topics, as_table, change_line, read_topics
    from regionlab.workspace import workspace_root

    file = arguments.file or workspace_root() / "schemas" / "topics.toml"
    topics = read_topics(file)
    if arguments.action == "list":
        print(as_table(topics))  # noqa: T201
        return 0
    if arguments.action == "schemas":
        from regionlab.contracts.asyncapi import write_asyncapi
        from regionlab.contracts.json_schemas import write_schemas

        written = [*write_schemas(topics, file.parent), write_asyncapi(topics, file.parent)]
        print("\n".join(map(str, written)))  # noqa: T201
        return 0
    changes = asyncio.run(apply_topics(arguments.kafka, topics, replicas=arguments.replicas))
    print("\n".join(map(change_line, changes)) or "Tout est déjà en place.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
