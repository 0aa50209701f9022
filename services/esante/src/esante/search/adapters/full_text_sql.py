"""`_text` and `_content`: the words of a resource as SQL, by PostgreSQL's full-text search.

The words are read from the JSON of each resource that the other criteria leave: an index of all
words would cost every write more than the few such searches gain. A search over too many resources
reaches its time limit. Words are compared in French (`malades` finds `malade`) and as written.
https://www.postgresql.org/docs/current/textsearch.html
"""

from typing import Final

from esante.search.adapters.comparisons_sql import any_sql
from esante.search.adapters.statement_builder import Row, Statement

# Letters with accents, in both cases: lower() of a database with the locale C leaves them.
_ACCENTED: Final = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝ"
_PLAIN: Final = "aaaaaaceeeeiiiinooooouuuuyyAAAAAACEEEEIIIINOOOOOUUUUY"
_LANGUAGES: Final = ("french", "simple")


def full_text_sql(part: str, queries: tuple[str, ...], row: Row, statement: Statement) -> str:
    """The condition that the words of a resource meet one of the queries.

    `part`: as in `FullText`. A query has words, all of which must be present, quoted phrases, `or`
    and `-` before a word that must be absent.
    """
    content = f"{row.name}.content::jsonb"
    if part == "narrative":
        text = f"translate({content} #>> '{{text,div}}', '{_ACCENTED}', '{_PLAIN}')"
        words = {each: f"to_tsvector('{each}', {text})" for each in _LANGUAGES}
    else:
        values = f"translate({content}::text, '{_ACCENTED}', '{_PLAIN}')::jsonb"
        words = {
            each: f"jsonb_to_tsvector('{each}', {values}, '[\"string\"]')" for each in _LANGUAGES
        }
    return any_sql(
        f"{words[language]} @@ websearch_to_tsquery('{language}', {statement.bind(each, 'text')})"
        for each in queries
        for language in _LANGUAGES
    )
