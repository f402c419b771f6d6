"""What tests start from is made once, and anew where anything that it is made of has changed."""

from types import SimpleNamespace

from prepared import Computed, Prepared


def test_a_picture_is_drawn_again_where_the_briefing_or_the_geography_is_another(tmp_path):
    computed, drawn = Computed(tmp_path / "computed"), []
    folder = tmp_path / "geo"
    folder.mkdir()
    (folder / "towns.csv").write_text("town")

    def draw(briefing, _geography):
        drawn.append(briefing.canonical())
        return len(drawn)

    picture, geography = computed._drawn(draw), SimpleNamespace(folder=folder)
    one, other = (SimpleNamespace(canonical=lambda words=words: words) for words in ("one", "other"))
    assert [picture(one, geography), picture(one, geography), picture(other, geography)] == [1, 1, 2]
    (folder / "towns.csv").write_text("another")
    assert picture(one, geography) == 3


def test_a_folder_is_filled_once_and_each_asks_for_a_copy_of_its_own(tmp_path):
    made = []

    def make(folder):
        made.append(folder)
        (folder / "inside").mkdir()
        (folder / "inside" / "told").write_text("as made")

    source = tmp_path / "source"
    prepared = Prepared(tmp_path / "kept")
    source.write_text("first")
    first = prepared.folder("thing", make, tmp_path / "a", of=[source])
    (first / "inside" / "told").write_text("changed by a test")
    second = prepared.folder("thing", make, tmp_path / "b", of=[source])
    assert (second / "inside" / "told").read_text() == "as made"
    assert len(made) == 1
    source.write_text("second")
    prepared.folder("thing", make, tmp_path / "c", of=[source])
    assert len(made) == 2
