"""Other packages that check text without a model, where somebody has installed them."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

Judge = Callable[[str, str], str]


def installed() -> dict[str, Judge]:
    """By name: a function that gives one of our three labels. Neither package knows "unknown"."""
    makers = {"corroborate": _corroborate, "groundcheck": _groundcheck}
    found: dict[str, Judge] = {}
    for name, make in makers.items():
        if find_spec(name):
            judge = make(import_module(name))
            try:
                judge("Ann lives in Rome.", "Ann lives in Rome.")
            except OSError as problem:  # groundcheck 1.0.0's wheel lacks its own data files
                print(f"  {name} is installed and cannot run: {problem}")
            else:
                found[name] = judge
    return found


def _corroborate(package: Any) -> Judge:
    def judge(claim: str, source: str) -> str:
        report = package.check_answer(query="", retrieved_chunks=[source], answer=claim)
        return "supported" if report.ok() else "refuted"

    return judge


def _groundcheck(package: Any) -> Judge:
    verifier = package.GroundCheck()

    def judge(claim: str, source: str) -> str:
        report = verifier.verify(claim, [package.Memory(id="source", text=source, trust=1.0)])
        return "supported" if report.passed else "refuted"

    return judge
