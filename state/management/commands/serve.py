"""Runs the product in the foreground until SIGTERM."""

import os
import socket
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from state.alerts.rules import BadRule
from state.apo.scaling import Rule
from state.metrics.exported import DIRECTORY_VARIABLE, forget_process
from state.runtime import garbage
from state.runtime.tracing import TracingUnavailable, tracer
from state.server import listener, worker
from state.server.listener import PortUnavailable
from state.server.metrics_directory import metrics_directory
from state.server.restart import start_anew
from state.server.scaler import Scaler, rule_for
from state.server.shared_table import shared_table
from state.server.supervisor import Supervisor, WorkersFailed
from state.server.worker_process import WorkerProcess
from state.service import alerting
from state.store.reasons import MIGRATE, sentence_of
from state.verl.registry import UnusableVerifier, content_verifiers


class Command(BaseCommand):
    help = "Serve the API, the sockets and the dashboard."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["port"] <= 65_535:
            raise CommandError("--port must be between 1 and 65535")
        try:
            listeners = listener.inherited_listeners() or listener.open_listeners(
                options["host"], options["port"]
            )
            check_verifiers()
            check_monitoring()
            check_database()
            self._serve(listeners, f"http://{options['host']}:{options['port']}")
        except (PortUnavailable, WorkersFailed) as error:
            raise CommandError(str(error)) from error

    def _serve(self, listeners: list[socket.socket], url: str) -> None:
        rule = rule_for(connection.vendor)
        # Without a terminal SIGHUP asks for a restart; at one it says that the terminal is gone.
        restarts_on_hangup = not os.isatty(0)
        if rule.maximum > 1:
            self._supervise(listeners, url, rule, restarts_on_hangup)
            return
        kept = [one.dup() for one in listeners]
        restart = worker.run(
            listeners,
            lambda: self._announce(f"Lightning State on {url}"),
            restarts_on_hangup=restarts_on_hangup,
        )
        if restart:
            start_anew(kept)

    def _supervise(
        self, listeners: list[socket.socket], url: str, rule: Rule, restarts_on_hangup: bool
    ) -> None:
        with shared_table() as table, metrics_directory() as metrics:
            environment = {
                "LIGHTNING_INSTANCE_ID": uuid.uuid4().hex[:12],
                **os.environ,
                **table.environment,
                "LIGHTNING_WORKERS": str(rule.minimum),
                DIRECTORY_VARIABLE: str(metrics),
            }
            garbage.serve()
            Supervisor(
                lambda: WorkerProcess(listeners, environment, table.descriptors),
                Scaler(rule, lambda pid: forget_process(pid, metrics)),
                lambda: self._announce(f"Lightning State on {url}, {_workers(rule)}"),
                restarts_on_hangup=restarts_on_hangup,
                listeners=listeners,
            ).run()

    def _announce(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _workers(rule: Rule) -> str:
    if rule.minimum == rule.maximum:
        return f"{rule.minimum} workers"
    return f"{rule.minimum} to {rule.maximum} workers"


def check_database() -> None:
    """Raises CommandError unless the database answers and is migrated."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        raise CommandError(sentence) from error
    finally:
        connection.close()
        if connection.vendor == "postgresql":
            # A supervisor needs no connection, and no threads of a pool.
            connection.close_pool()  # type: ignore[attr-defined]
    if pending:
        raise CommandError(MIGRATE)


def check_verifiers() -> None:
    """Raises CommandError unless every content verifier can be asked."""
    try:
        content_verifiers()
    except UnusableVerifier as error:
        raise CommandError(f"LIGHTNING_CONTENT_VERIFIERS: {error}") from error


def check_monitoring() -> None:
    """Raises CommandError for rules, channels or tracing that cannot be used."""
    for name, read in (
        ("LIGHTNING_SILENT_AFTER_SECONDS", alerting.silence),
        ("LIGHTNING_ALERT_RULES", alerting.rules),
        ("LIGHTNING_ALERT_URLS", alerting.check_channels),
    ):
        try:
            read()
        except BadRule as error:
            raise CommandError(f"{name} {error}.") from error
    try:
        tracer()
    except TracingUnavailable as error:
        raise CommandError(str(error)) from error
