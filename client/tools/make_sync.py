"""Makes the blocking face from the one that awaits: ``python client/tools/make_sync.py``.

One is written, the other is made, so they cannot differ; a test compares what is here with what
would be made.
"""

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "lightning_client"
MADE_FROM = "# Made from lightning_client/_async/{name} by client/tools/make_sync.py; edit that.\n"
REPLACEMENTS = [
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\b__a(enter|exit)__\b", r"__\1__"),
    (r"\baclose\b", "close"),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\bAsyncDriver\b", "BlockingDriver"),
    (r"\bdrivers\.asynchronous\b", "drivers.blocking"),
    (r"\b_async\b", "_sync"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"Lightning State, awaited, on one event loop\.", "Lightning State, for threads."),
    (r"The client that awaits\.", "The client that blocks."),
]


def made_from(source: str, name: str) -> str:
    """The blocking text of an awaiting one."""
    for pattern, replacement in REPLACEMENTS:
        source = re.sub(pattern, replacement, source)
    return MADE_FROM.format(name=name) + source


def pairs() -> list[tuple[Path, str]]:
    """Every made file, with the text it has to have."""
    return [
        (PACKAGE / "_sync" / source.name, made_from(source.read_text(), source.name))
        for source in sorted((PACKAGE / "_async").glob("*.py"))
        if source.name != "__init__.py"
    ]


if __name__ == "__main__":
    for path, text in pairs():
        path.write_text(text)
        sys.stdout.write(f"{path.relative_to(PACKAGE)}\n")
