"""Full text of what is searched on the desk, kept by triggers: no writer of a table has to know that it is searched.

A document is a row of a table; a report with its people is one (see migrations/full_text.py). SQLite has an FTS5 table
without a copy of the texts, PostgreSQL `tsvector` columns with GIN indexes. Words are not stemmed: a search asks for
the forms of a word (search/words.py). Documents are numbered by day, so that the newest come first unsorted.

A later migration that makes one of these tables anew (SQLite's batch mode) has to make its triggers again.
"""

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.migrations.full_text import Watched, Words, fill, run, search_text, unwatch, watch

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_WATCHED = (
    Watched(
        "report", "report", "report_id", "revision", "report_id, revision, day, category, source_ref, place_name, "
        "town, postcode, place_text, category_text, is_anonymous", comes_after="report_person",
    ),
    Watched(
        "report_person", "report", "report_id", "revision", "report_id, revision, text, caller_name, caller_phone, "
        "caller_email, subject_name",
    ),
    Watched("tasking", "tasking", "tasking_id", "0", "tasking_id, proposed_on, what, place, owner"),
    Watched("proposal", "proposal", "proposal_id", "0", "proposal_id, raised_on, subject, theme"),
    Watched("step", "step", "subject_id", "number", "subject_id, number, day, reason, details"),
    Watched("follow_up", "follow_up", "act_number", "0", "act_number, day, note"),
    Watched("link_decision", "decision", "decision_number", "0", "decision_number, decided_at, note"),
)  # fmt: skip
_KINDS = tuple(dict.fromkeys(one.kind for one in _WATCHED))
_FTS5 = (
    "CREATE VIRTUAL TABLE search_words USING fts5(public, details, people, tokens, content='', columnsize=0, "
    "prefix='2 3', tokenize='unicode61 remove_diacritics 2')"
)
_TSVECTORS = """
CREATE TABLE search_words (
    document_id BIGINT PRIMARY KEY, public TSVECTOR NOT NULL, words TSVECTOR NOT NULL, people TSVECTOR NOT NULL
)
"""
_GIN = tuple(
    f"CREATE INDEX ix_search_words_{one} ON search_words USING GIN ({one})" for one in ("public", "words", "people")
)


def upgrade() -> None:
    connection = op.get_bind()
    is_postgresql = connection.dialect.name == "postgresql"
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "search_document",
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("kind", text, nullable=False),
        sa.Column("source_id", text, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_search_document")),
        sa.UniqueConstraint("kind", "source_id", "number", name=op.f("uq_search_document_kind_source_id_number")),
    )
    op.create_index(op.f("ix_report_caller_key"), "report", ["caller_key"])  # what else did they report
    if is_postgresql:
        run(connection, [search_text(), "CREATE SEQUENCE search_number"])
    run(connection, [*_views(Words(is_postgresql)), _TSVECTORS if is_postgresql else _FTS5])
    for kind in _KINDS:
        fill(connection, kind)
    run(connection, _GIN if is_postgresql else ())
    for one in _WATCHED:
        watch(connection, one)


def _views(words: Words) -> list[str]:
    texts = words.texts
    outward = "CASE WHEN LENGTH(r.postcode) > 4 THEN SUBSTR(r.postcode, 1, LENGTH(r.postcode) - 3) ELSE '' END"
    caller = [f"CASE WHEN r.is_anonymous THEN '' ELSE p.caller_{one} END" for one in ("name", "phone", "email")]
    named = [words.json("details", one) for one in ("name", "objective", "lead", "owner", "owners")]
    reference, postcode = words.compact("r.source_ref"), words.compact("r.postcode")
    return [
        words.view(
            "report", "r.report_id", "r.revision", "r.day",
            "report AS r LEFT JOIN report_person AS p ON p.report_id = r.report_id AND p.revision = r.revision",
            public=texts("r.place_name", "r.town", "r.source_ref", outward),
            details=texts("p.text", "r.place_text", "r.category_text", "r.postcode", postcode),
            people=texts(*caller, "p.subject_name"),
            tokens=f"'cat' || REPLACE(r.category, '_', '') || ' ref' || {texts(reference)}",
        ),
        words.view("tasking", "tasking_id", "0", "proposed_on", "tasking", public=texts("what", "place", "owner")),
        words.view("proposal", "proposal_id", "0", "raised_on", "proposal", public=texts("subject", "theme")),
        words.view("step", "subject_id", "number", "day", "step", public=texts(*named), details=texts("reason")),
        words.view("follow_up", "act_number", "0", "day", "follow_up", details=texts("note")),
        words.view(
            "decision", "decision_number", "0", words.day("decided_at"), "link_decision", details=texts("note")
        ),
    ]  # fmt: skip


def downgrade() -> None:
    connection = op.get_bind()
    for one in _WATCHED:
        unwatch(connection, one)
    run(connection, [f"DROP VIEW search_of_{kind}" for kind in _KINDS])
    op.drop_index(op.f("ix_report_caller_key"), "report")
    op.drop_table("search_words")
    op.drop_table("search_document")
    if connection.dialect.name == "postgresql":
        run(connection, ["DROP SEQUENCE search_number", "DROP FUNCTION search_text(text)"])
