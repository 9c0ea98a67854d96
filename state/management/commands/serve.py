"""Runs the product in the foreground until SIGTERM."""

import os
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

GRACE_SECONDS = 10
# A socket's outgoing frames stay below 512 KiB; incoming ones are acknowledgements.
_SOCKET_FRAME_LIMIT_BYTES = 1024 * 1024


class Command(BaseCommand):
    help = "Serve the API, the sockets and the dashboard."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["port"] <= 65_535:
            raise CommandError("--port must be between 1 and 65535")
        _check_database()
        os.environ.setdefault("LIGHTNING_INSTANCE_ID", f"{os.getpid()}-{options['port']}")
        self.stdout.write(f"Lightning State on http://{options['host']}:{options['port']}")
        self.stdout.flush()
        server = uvicorn.Server(
            uvicorn.Config(
                "lightning_site.asgi:application",
                host=options["host"],
                port=options["port"],
                access_log=False,
                log_config=None,
                timeout_graceful_shutdown=GRACE_SECONDS,
                ws_max_size=_SOCKET_FRAME_LIMIT_BYTES,
                server_header=False,
                lifespan="on",
            )
        )
        server.run()
        if not server.started:
            raise CommandError(f"Port {options['port']} on {options['host']} cannot be served.")


def _check_database() -> None:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        reason = str(error).strip().splitlines()[0]
        raise CommandError(f"DATABASE_URL cannot be reached: {reason}") from error
    finally:
        connection.close()
    if pending:
        raise CommandError("The database is not up to date; run manage.py migrate first.")
