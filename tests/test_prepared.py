"""What tests start from is made once, and anew where anything that it is made of has changed."""

from types import SimpleNamespace

import pandas as pd
from prepared import Computed, Prepared


class Asked:
    """An expectation, as far as its key is concerned."""

    def __init__(self, words: str) -> None:
        self.words = words

    def model_dump_json(self) -> str:
        return self.words


def test_a_check_is_computed_again_where_a_cell_a_type_or_an_expectation_is_another(tmp_path):
    computed, asked = Computed(tmp_path / "computed"), []

    def compute(frame, expected):
        asked.append(frame)
        return [(0, [len(asked)])]

    check = computed._checks(compute)
    frame = pd.DataFrame({"row_number": [1, 2], "text": ["a", "b"]})
    assert check(frame, [Asked("null")]) == check(frame.copy(), [Asked("null")]) == [(0, [1])]
    assert check(frame.assign(text=["a", None]), [Asked("null")]) == [(0, [2])]
    assert check(frame.astype({"row_number": float}), [Asked("null")]) == [(0, [3])]
    assert check(frame, [Asked("unique")]) == [(0, [4])]
    computed.is_on = False
    assert check(frame, [Asked("null")]) == [(0, [5])]


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
