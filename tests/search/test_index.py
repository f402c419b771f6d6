"""The full text follows its tables, whoever writes them; what was erased is in it no more, to the byte."""

import datetime as dt

import pytest
import sqlalchemy as sa
from alembic import command

from search.search_desk import DAY, KEEPER, READER
from tasking.privacy import erasure, retention
from tasking.privacy.store.freed_pages import database_files
from tasking.search.words import forms_of
from tasking.warehouse import tables
from tasking.warehouse.migrations import alembic_config

# What was written -> what is searched for.
SPELLINGS = {
    "a café on the corner": "cafe", "the bistro": "bistró", "St John’s Hill": "st johns", "St. Pauls way": "St Paul's",
    "O'Brien's van": "obrien", "OCallaghans van": "o’callaghan's", "Łukasz waited": "łukasz", "Иван Петров": "иван",
    "ΕΛΛΆΔΑ": "ελλάδα", "Сергей был": "сергей", "北京 road": "北京", "محمد": "محمد", "Siân ŵyl": "sian wyl", "bridge/culvert": "culvert",
    "went out.Nobody hurt": "nobody", "e-scooter": "scooter", "PARK_RANGER sign": "ranger", "a 4x4": "4x4",
    "<b>bold</b> move": "bold", "half a \ufffd emoji 🦢 cygnet": "cygnet", "1e5 seeds": "1e5", "http://a.invalid/dumping": "dump",
}  # fmt: skip


def test_a_word_is_found_however_it_is_spelt(searched):
    made = {text: searched.report(text) for text in SPELLINGS}
    wrong = {text: query for text, query in SPELLINGS.items() if searched.incidents(query) != [made[text]]}
    assert wrong == {}


def test_a_report_is_found_as_it_is_now(searched):
    incident = searched.report("a swan", report_id="police:1")
    searched.run("UPDATE report SET superseded_on = :day", day=DAY)
    searched.report("a goose", report_id="police:1", revision=2, source_ref="1", incident=incident)
    assert searched.incidents("goose") == [incident]
    assert searched.incidents("swan") == []


@pytest.mark.parametrize("statement", [
    "UPDATE report_person SET text = 'a goose'",
    "UPDATE report_person SET text = NULL",
    "DELETE FROM report_person",
    "DELETE FROM report",
    "UPDATE report_person SET report_id = 'police:other'",
])  # fmt: skip
def test_whoever_changes_a_row_changes_what_is_found(searched, statement):
    searched.report("a swan", place_name="The Vine")
    assert searched.incidents("swan")
    searched.run(statement)
    assert searched.incidents("swan") == []
    assert words_of(searched, "swan") == 0


def test_a_report_without_its_people_is_still_found_by_its_place(searched):
    incident = searched.report("a swan", place_name="The Vine")
    searched.run("DELETE FROM report_person")
    assert searched.incidents("vine", READER) == [incident]


def test_a_report_that_gets_another_reference_is_found_by_that_alone(searched):
    incident = searched.report("a swan", source_ref="MT-1")
    for table in ("report", "report_person", "incident_report"):
        searched.run(f"UPDATE {table} SET report_id = 'police:E-2'")  # noqa: S608
    searched.run("UPDATE report SET source_ref = 'E-2'")
    assert (searched.incidents("mt1"), searched.incidents("e2"), searched.incidents("swan")) == (
        [],
        [incident],
        [incident],
    )


def test_taskings_groups_and_notes_follow_too(searched):
    searched.tasking()
    searched.proposal()
    searched.run("UPDATE tasking SET what = 'sweep the glass'")
    searched.run("UPDATE proposal SET subject = 'Swanley Park'")
    assert not searched.find("needles").taskings
    assert searched.find("glass").taskings
    assert not searched.find("vine").groups
    assert searched.find("swanley park").groups
    searched.run("DELETE FROM tasking")
    assert not searched.find("glass").taskings


def test_many_rows_at_once_and_long_texts_are_taken_up(searched):
    """A text of a megabyte is more than PostgreSQL's index holds of one document: its beginning is found."""
    long = searched.report("first " + " ".join(f"w{number}" for number in range(200_000)))
    assert searched.incidents("first") == [long]
    assert searched.incidents("w9999") == [long]
    odd = searched.report("x" * 3_000 + " whelk")
    assert searched.incidents("whelk") == [odd]


def test_the_index_is_made_of_what_is_there_and_goes_with_the_migration(searched):
    incident = searched.report("a swan", place_name="The Vine")
    searched.tasking()
    config = alembic_config()
    for way, revision in ((command.downgrade, "0018"), (command.upgrade, "head")):
        with searched.warehouse.engine.execution_options(writing=True).begin() as connection:
            config.attributes["connection"] = connection
            way(config, revision)
    searched.warehouse.engine.dispose()
    assert searched.incidents("swan") == [incident]
    assert searched.find("needles").taskings
    later = searched.report("a heron")
    assert searched.incidents("heron") == [later]


def test_what_was_there_before_its_kind_was_indexed_is_taken_up_and_given_up(searched):
    incident = searched.report("a swan", report_id="police:1")
    with searched.warehouse.writing() as connection:
        connection.execute(sa.insert(tables.attachment).values(
            attachment_id="A-1", report_id="police:1", at=dt.datetime(2026, 11, 18, 9, tzinfo=dt.UTC), actor="a",
            source="hand", description="a purple sofa", media_type="image/jpeg", size_bytes=9, sha256="0",
            is_restricted=False,
        ))  # fmt: skip
    config = alembic_config()
    for way, revision in ((command.downgrade, "0024"), (command.upgrade, "head")):
        with searched.warehouse.engine.execution_options(writing=True).begin() as connection:
            config.attributes["connection"] = connection
            way(config, revision)
        assert searched.incidents("purple sofa") == ([incident] if revision == "head" else [])
        assert searched.incidents("swan") == [incident]


# Erasure and retention.


def test_an_erased_text_is_found_no_more_and_none_of_its_words_is_in_the_files(searched):
    searched.report("a woman shouted quetzalcoatl at xylophonist", caller_name="Zoe Quarrington",
                    caller_phone="+447700900987", caller_key="k1:z")  # fmt: skip
    kept = searched.report("a swan")
    assert searched.incidents("quetzalcoatl")
    erasure.erase(searched.opened.privacy, "07700 900987", "records officer")
    for query in ("quetzalcoatl", "xylophonist", "quarrington", "07700 900987"):
        found = searched.find(query, KEEPER)
        assert (found.incidents, found.people) == ((), ()), query
    assert words_of(searched, "quetzalcoatl") == words_of(searched, "xylophonist") == 0
    assert searched.incidents("swan") == [kept]
    assert bytes_with(searched, "quetzalc", "lophonis", "447700900987") == []


def test_what_retention_removed_is_in_the_index_no_more(searched):
    searched.report("an old quetzalcoatl", day=dt.date(2020, 1, 6), caller_name="Zoe Quarrington")
    kept = searched.report("a swan")
    removed = retention.purge(searched.opened.privacy, DAY)
    assert removed["people"] == 1
    assert searched.incidents("quetzalcoatl", KEEPER) == []
    assert words_of(searched, "quetzalcoatl") == words_of(searched, "quarrington") == 0
    assert searched.incidents("swan") == [kept]


def words_of(searched, word: str) -> int:
    """In how many documents the index has a word, by its own vocabulary."""
    with searched.warehouse.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, search_words, row)"
            )
            query = "SELECT COALESCE(SUM(doc), 0) FROM temp.vocabulary WHERE term = :word"
        else:
            query = """SELECT COALESCE(SUM(ndoc), 0) FROM ts_stat('SELECT words || people FROM search_words')
                       WHERE word = :word"""
        return int(connection.execute(sa.text(query), {"word": word}).scalar())


def bytes_with(searched, *parts: str) -> list[str]:
    """The parts that are in the bytes of the database's files; of SQLite's, and of PostgreSQL's tables."""
    engine = searched.warehouse.engine
    if engine.dialect.name == "sqlite":
        contents = [path.read_bytes() for path in database_files(engine)]
    else:
        with engine.connect() as connection:
            names = connection.execute(sa.text(
                "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i', 't') "
                "AND relname LIKE 'search_%' OR relname LIKE 'report%' OR relname LIKE 'ix_search%'"
            )).scalars().all()  # fmt: skip
            connection.execute(sa.text("SELECT pg_switch_wal()"))
            contents = [connection.execute(sa.text("SELECT pg_read_binary_file(:name)"), {"name": name}).scalar()
                        for name in names if name]  # fmt: skip
    return [part for part in parts for content in contents if part.encode() in bytes(content)]


def test_the_forms_of_a_word_are_those_with_its_stem():
    assert {"burn", "burns", "burned"} <= set(forms_of("burning"))
    assert {"swan", "swans"} <= set(forms_of("swans"))
    assert {"burglary", "burglaries"} <= set(forms_of("burglaries"))
    assert {"stop", "stopped", "stopping"} <= set(forms_of("stopped"))
    assert "police" not in forms_of("policy")
    assert forms_of("4x4") == ("4x4",)
    assert set(forms_of("rd")) == {"rd", "road"}
    assert {"st", "street", "saint"} <= set(forms_of("st"))
