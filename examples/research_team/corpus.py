"""Reads a folder of text files as passages that can be cited."""

import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXT_ENDINGS = {".md", ".rst", ".txt"}
# Files that are text, and say nothing one could ask about.
NOT_PROSE = re.compile(
    r"licen[sc]e|copying|notice|authors|contributors|top_level|entry_points|requirements|sources"
    r"|record|vendor\.txt|sql_features|errcodes|changelog|changes|release-notes|history",
    re.IGNORECASE,
)
LARGEST_FILE_BYTES = 400_000
MOST_FILES = 2_000
PASSAGE_WORDS = 110

CODE_BLOCK = re.compile(r"```.*?```|~~~.*?~~~|^(?: {4}|\t).*$|^>>> .*$", re.DOTALL | re.MULTILINE)
RST_CODE_BLOCK = re.compile(r"^\.\. (?:code|image|figure|raw|toctree).*(?:\n(?:[ \t].*|))*", re.M)
HTML = re.compile(r"<!--.*?-->|</?[a-zA-Z][^>]*>", re.DOTALL)
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|\[!\[.*?\]\([^)]*\)\]\([^)]*\)|!\[[^\]]*\]\[[^\]]*\]")
LINK = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\[[^\]]*\])")
RST_LINK = re.compile(r"`([^`<]+?)\s*<[^>]+>`_+|:[a-z:]+:`~?([^`<]+)(?:<[^>]*>)?`")
LIST_ITEM = re.compile(r"^[ \t]*(?:[-*+>|]|\d+[.)])[ \t]+", re.MULTILINE)
MARKS = re.compile(r"[*`]+|^\.\. _.*$", re.MULTILINE)
UNDERLINE = re.compile(r"^([=\-~^\"'#*+]){3,}[ \t]*$")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Passage:
    """Some paragraphs of one file, a line each. `source` is its path inside the corpus."""

    source: str
    heading: str
    text: str


class CorpusError(Exception):
    """The folder cannot be researched; the message says why."""


def installed_documentation() -> Path:
    """The folder of the installed packages: their READMEs and docs are on every machine."""
    return Path(sysconfig.get_paths()["purelib"])


def find_files(folder: Path) -> Iterator[Path]:
    """Text files of the folder and the descriptions of Python packages, in a stable order."""
    found = 0
    for path in sorted(folder.rglob("*")):
        is_text = path.suffix.lower() in TEXT_ENDINGS or path.name == "METADATA"
        if not is_text or NOT_PROSE.search(path.name) or not path.is_file():
            continue
        if path.stat().st_size <= LARGEST_FILE_BYTES:
            yield path
            found += 1
        if found == MOST_FILES:
            return


def read_text(path: Path) -> str:
    """The file without what is not prose: package headers, code, links, markup."""
    text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    if path.name == "METADATA":
        # Headers as in e-mail; the description follows the first empty line.
        text = text.partition("\n\n")[2]
    return clean(text)


def clean(text: str) -> str:
    """Markdown and reStructuredText without code, images, HTML and link targets."""
    for pattern in (RST_CODE_BLOCK, CODE_BLOCK, IMAGE, HTML):
        text = pattern.sub("\n\n", text)
    text = LIST_ITEM.sub("\n\n", text)
    text = LINK.sub(r"\1", text)
    text = RST_LINK.sub(lambda match: match[1] or match[2], text)
    return MARKS.sub("", text)


def normalise(text: str) -> str:
    return SPACES.sub(" ", text).strip()


def split_passages(source: str, text: str) -> Iterator[Passage]:
    """Group the paragraphs below each heading into passages of about `PASSAGE_WORDS` words."""
    heading, size = "", 0
    gathered: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        title, body = _take_heading(paragraph)
        if title or size >= PASSAGE_WORDS:
            if gathered:
                yield Passage(source, heading, "\n".join(gathered))
            gathered, size = [], 0
        heading = title or heading
        if body:
            gathered.append(body)
            size += len(body.split())
    if gathered:
        yield Passage(source, heading, "\n".join(gathered))


def _take_heading(paragraph: str) -> tuple[str, str]:
    """A paragraph's heading (Markdown or underlined), and what follows it."""
    lines = [line for line in paragraph.strip().split("\n") if line.strip()]
    if lines and UNDERLINE.match(lines[0].strip()):
        lines = lines[1:]  # an overlined title
    title = ""
    if lines and (match := HEADING.match(lines[0].strip())):
        title, lines = match[1], lines[1:]
    elif len(lines) > 1 and UNDERLINE.match(lines[1].strip()):
        title, lines = lines[0].strip(), lines[2:]
    body = " ".join(line.strip() for line in lines if not UNDERLINE.match(line.strip()))
    return normalise(title), normalise(body)


def read_passages(folder: Path) -> list[Passage]:
    """All passages of a folder.

    Raises:
        CorpusError: when it is no folder, or has no text in it.
    """
    if not folder.is_dir():
        raise CorpusError(f"{folder} is not a folder.")
    passages = [
        passage
        for path in find_files(folder)
        for passage in split_passages(path.relative_to(folder).as_posix(), read_text(path))
    ]
    if not passages:
        raise CorpusError(f"{folder} has no text in it (looked for .md, .rst, .txt and METADATA).")
    return passages
