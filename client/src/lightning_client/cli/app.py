"""The tool's options and its start."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer

from lightning_client import Lightning, LightningError
from lightning_client.cli import exits, output
from lightning_client.cli.profiles import Profile, ProfileError, choose, profiles_path
from lightning_client.version import VERSION

app = typer.Typer(
    name="lightning",
    help="States of agents, research and verifications on a Lightning State server.",
    epilog=exits.TABLE,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@dataclass
class Chosen:
    """What stands before the command."""

    url: str | None = None
    key: str | None = None
    profile: str | None = None


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def choose_server(
    context: typer.Context,
    url: Annotated[
        str | None,
        typer.Option(help="The server's, or several with commas. Else LIGHTNING_URL, the profile."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The API key. Else LIGHTNING_API_KEY, the profile.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="A table with url and key in the profiles' file. Else LIGHTNING_PROFILE."
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="And exit.")
    ] = False,
) -> None:
    """States of agents, research and verifications on a Lightning State server."""
    context.obj = Chosen(url, key, profile)


def chosen_profile(context: typer.Context) -> Profile:
    """The server and the key of this invocation; exits 2 when the profile cannot be used."""
    chosen = context.ensure_object(Chosen)
    try:
        return choose(chosen.url, chosen.key, chosen.profile)
    except ProfileError as error:
        raise typer.BadParameter(str(error)) from error


@contextmanager
def connected(context: typer.Context, **options: Any) -> Iterator[Lightning]:
    """A client for one command; what fails becomes a sentence and an exit code."""
    profile = chosen_profile(context)
    try:
        with Lightning(profile.urls, profile.key, **options) as lightning:
            yield lightning
    except LightningError as error:
        told = f"{error.code}: {error.detail}"
        if error.code == "unauthenticated" and profile.key is None:
            told += f" (no key: --key, LIGHTNING_API_KEY, or {profiles_path()})"
        output.trouble.print(told, style="red", highlight=False, markup=False)
        raise typer.Exit(exits.exit_code(error)) from error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def run() -> None:
    """Every command, and then what was asked for."""
    for module in ("states", "live", "past", "verdicts"):
        import_module(f"lightning_client.cli.{module}")  # it adds its commands to the app
    try:
        app()
    except BrokenPipeError:
        # Whoever read our output has enough; Python would complain again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
