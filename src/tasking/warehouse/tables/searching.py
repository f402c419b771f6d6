"""Tables of full-text search. Triggers keep them (migration 0019): nothing else writes them."""

from typing import Final

import sqlalchemy as sa

from tasking.warehouse.tables.schema import metadata

# One row per document: a row of another table that is searched. Numbered by day, the newest last.
search_document = sa.Table(
    "search_document",
    metadata,
    sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True,
              autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),  # report, tasking, proposal, step, follow_up, decision, note,
    # status, photo
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),  # of a revision or a step; else 0
    sa.UniqueConstraint("kind", "source_id", "number"),
)  # fmt: skip

# The words of each document: an FTS5 table on SQLite (with tables of its own), tsvector columns on PostgreSQL.
WORDS: Final = "search_words"
