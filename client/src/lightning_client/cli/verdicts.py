"""verify, health."""

from typing import Annotated

import typer

from lightning_client.cli import exits, output
from lightning_client.cli.app import app, connected
from lightning_client.cli.arguments import JsonOption, TextArgument, read_text


@app.command()
def verify(
    context: typer.Context,
    text: TextArgument,
    source: Annotated[
        str | None,
        typer.Option(
            help="Text, @file, or a research's id: check TEXT's lines as facts against it."
        ),
    ] = None,
    consistency: Annotated[
        bool, typer.Option("--consistency", help="Whether TEXT's lines contradict each other.")
    ] = False,
    task_id: Annotated[str, typer.Option(help="What TEXT is the result of.")] = "command-line",
    as_json: JsonOption = False,
) -> None:
    """Judge a result, facts against a source, or whether statements agree; exit code 8: no."""
    text = read_text(text)
    lines = [line for line in text.splitlines() if line.strip()]
    with connected(context) as lightning:
        if source is not None:
            facts = lightning.verify_facts(lines, read_text(source))
            answer, holds = output.plain(facts), facts.verified_count == facts.total_count
        elif consistency:
            agreement = lightning.check_consistency(lines)
            answer, holds = output.plain(agreement), agreement.is_consistent
        else:
            verdict = lightning.verify(task_id, text)
            answer, holds = output.plain(verdict), verdict.is_valid
        if as_json:
            output.print_json(answer)
        else:
            output.print_result(answer)
    if not holds:
        raise typer.Exit(exits.NOT_VALID)


@app.command()
def health(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show how the server is."""
    with connected(context) as lightning:
        report = lightning.health()
        if as_json:
            output.print_json(report)
        else:
            output.print_result(report)
