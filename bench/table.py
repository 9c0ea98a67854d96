"""The table of results, for a terminal and for bench/RESULTS.md."""

from collections.abc import Sequence

from bench.figures import Figure, Row, show

_HEADER = ("scenario", "measured", "against", "", "ratio", "spread", "target", "")


def cells(row: Row) -> tuple[str, ...]:
    judged = row.ratio or row.ours
    verdict = {True: "met", False: "MISSED", None: ""}[row.is_met]
    return (
        row.scenario,
        _with_unit(row.ours),
        row.reference_name,
        _with_unit(row.reference) if row.reference else "",
        f"{show(row.ratio.middle)} ×" if row.ratio else "",
        judged.spread,
        str(row.target or ""),
        verdict,
    )


def as_text(rows: Sequence[Row]) -> str:
    """Columns of equal width."""
    lines = [_HEADER, *map(cells, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(_HEADER))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_markdown(rows: Sequence[Row]) -> str:
    lines = [_HEADER, ("---",) * len(_HEADER), *map(cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _with_unit(figure: Figure) -> str:
    return f"{show(figure.middle)} {figure.unit}"
