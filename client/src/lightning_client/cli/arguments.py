"""Arguments and options that commands share."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from lightning_client.core.kinds import KINDS
from lightning_client.states import Kind

_KINDS = {name: kind.name for kind in KINDS.values() for name in (kind.name, kind.segment)}


def read_kind(text: str) -> Kind:
    """A kind by its name or its plural; raises BadParameter."""
    if text not in _KINDS:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(KINDS)}")
    kind: Kind = _KINDS[text]  # type: ignore[assignment]
    return kind


def complete_kind(incomplete: str) -> list[str]:
    return [name for name in KINDS if name.startswith(incomplete)]


def read_json(text: str) -> Any:
    """JSON from the argument, from a file (``@name``) or from standard input (``-``)."""
    try:
        if text == "-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(text[1:]).read_text()
        return json.loads(text)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"not JSON: {error}") from error


def read_object(text: str) -> dict[str, Any]:
    value = read_json(text)
    if not isinstance(value, dict):
        raise typer.BadParameter("a JSON object is needed")
    return value


def read_text(text: str) -> str:
    """Text from the argument, from a file (``@name``) or from standard input (``-``)."""
    try:
        if text == "-":
            return sys.stdin.read()
        return Path(text[1:]).read_text() if text.startswith("@") else text
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(str(error)) from error


KindArgument = Annotated[
    str,
    typer.Argument(
        metavar="KIND",
        help="agent, research or verification",
        callback=read_kind,
        autocompletion=complete_kind,
    ),
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The state's id")]
JsonArgument = Annotated[
    str, typer.Argument(metavar="JSON", help="A JSON object, @file, or - for standard input")
]
TextArgument = Annotated[
    str, typer.Argument(metavar="TEXT", help="Text, @file, or - for standard input")
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
ReasonOption = Annotated[str, typer.Option(help="Kept in the history.")]
TokenOption = Annotated[
    str | None,
    typer.Option(
        envvar="LIGHTNING_LOCK_TOKEN",
        help="Of the lock held; `lightning lock` sets it.",
        show_envvar=True,
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Lift transitions (operators).")]
