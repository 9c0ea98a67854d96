"""Whether a value of a state, and not the name of a field, holds a text (``?q=``, contract §2)."""

import re

from django.db import connection

from state.domain.jsontext import encode

# The cheap look over the whole document, names of fields and all, comes first. On PostgreSQL an
# expression then passes over names, which end in a quotation mark before a colon. Only what is left
# is taken apart: that costs six times as much a row, and most of it is what was looked for.
_HOLDS = {
    "postgresql": "document ilike %s escape '\\' and document ~* %s"
    " and exists (select from jsonb_path_query(document::jsonb,"
    ' \'strict $.** ? (@.type() == "string" || @.type() == "number")\')'
    " as v (value) where v.value #>> '{}' ilike %s escape '\\')",
    "sqlite": "document like %s escape '\\' and exists (select 1 from json_tree(document)"
    " where type in ('text', 'integer', 'real') and atom like %s escape '\\')",
}
_TO_THE_END_OF_A_VALUE = r'(?:[^"\\]|\\.)*(?:"(?!:)|$)'


def holding(text: str) -> tuple[str, list[str]]:
    """The condition for documents with a value that holds the text, whatever its case."""
    # A document is JSON text: there a quotation mark stands behind a backslash.
    in_json = encode(text)[1:-1].decode()
    expression = re.escape(in_json) + _TO_THE_END_OF_A_VALUE
    parameters = [like_pattern(in_json), expression, like_pattern(text)]
    if connection.vendor == "sqlite":
        del parameters[1]
    return _HOLDS[connection.vendor], parameters


def like_pattern(text: str) -> str:
    """The LIKE pattern for "holds this text", with a backslash as its escape."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
