"""The model: its scores are what its evidence adds up to, nearer never counts against, and it reads as it was written."""

import json
import multiprocessing

import numpy as np
import pytest

from tasking.linkage import load_pair_model
from tasking.linkage.average_link import Links, average_link
from tasking.linkage.model_figures import Counts, thresholds
from tasking.linkage.pair_model import PairModel
from tasking.linkage.pair_scorer import Scorer, TreeShape, fit_scorer
from tasking.linkage.pair_table import GROUPS, directions, groups_of
from tasking.linkage.rivals import rival_columns
from tasking.linkage.word_association import WordedSet, fit_association, incidence, vocabulary
from tasking.model.errors import DeclarationError

from .conftest import ROOT
from .test_properties import labelled  # noqa: F401 - the labelled fortnight

MODEL = ROOT / "include" / "linkage_model.json"


@pytest.fixture(scope="session")
def model() -> PairModel:
    return load_pair_model(MODEL)


@pytest.fixture(scope="session")
def scored(linking_desk, labelled):  # noqa: F811 - the fixture
    reports = labelled.head(70).reset_index(drop=True)
    matrix = linking_desk.linker.feature_matrix(reports)
    return linking_desk.linker.score(reports, matrix, np.ones(matrix.size, dtype=bool), matrix.is_restricted)


def test_the_shares_of_a_pair_add_up_to_its_log_odds(scored, model):
    which = np.arange(min(len(scored.a), 60))
    shares, base = model.shares(scored.pairs, which)
    assert shares.shape == (len(which), len(GROUPS))
    np.testing.assert_allclose(shares.sum(axis=1) + base, scored.log_odds[which], atol=1e-5)


def test_the_evidence_that_is_shown_carries_the_shares(linking_desk, labelled, model):  # noqa: F811
    linkage = linking_desk.linker.link(labelled.head(70))
    links = [one.link for one in linkage.memberships if one.link]
    assert links
    reports = labelled.head(70).sort_values(["received_at", "report_id"]).reset_index(drop=True)
    matrix = linking_desk.linker.feature_matrix(reports)
    again = linking_desk.linker.score(reports, matrix, np.ones(matrix.size, dtype=bool), matrix.is_restricted)
    row = {report: at for at, report in enumerate(reports["report_id"])}
    at = {(int(a), int(b)): pair for pair, (a, b) in enumerate(zip(again.a, again.b, strict=True))}
    for link in links:
        pair = at[tuple(sorted((row[link.report_a], row[link.report_b])))]
        _, base = model.shares(again.pairs, np.array([pair]))
        told = sum(one.weight for one in link.evidence)
        assert told + base == pytest.approx(again.log_odds[pair], abs=0.005 * len(link.evidence) + 0.01)


def test_what_keeps_two_apart_is_never_told_as_speaking_for_one(linking_desk, labelled):  # noqa: F811
    linkage = linking_desk.linker.link(labelled.head(120), most_reviews=40)
    told = [one for link in linkage.memberships if link.link for one in link.link.evidence]
    told += [one for pair in linkage.review_pairs for one in pair.evidence]
    apart = [one for one in told if one.words.startswith(("different ", "no place in common", "elsewhere"))]
    assert apart
    assert all(one.weight < 0 for one in apart)


@pytest.mark.parametrize("column", ["where_mixture", "where_near_0.2", "when_near_1h", "when_any_8h", "words_alike"])
def test_more_of_what_speaks_for_one_incident_never_counts_against_it_in_the_trees(model, scored, column):
    at = model.pair.columns.index(column)
    assert directions(model.pair.columns)[at] == 1
    values = scored.pairs.table.values[:40].copy()
    before = model.pair._booster.predict(values, raw_score=True)
    values[:, at] += 0.3
    assert (model.pair._booster.predict(values, raw_score=True) >= before - 1e-9).all()


def test_every_column_belongs_to_a_group_of_evidence(model):
    for column in (*model.pair.columns, *model.beside.columns):
        assert set(groups_of(column.removeprefix("beside_"))) <= set(GROUPS)


def test_a_process_that_is_forked_after_scoring_scores_as_well(model):
    values = np.zeros((20_000, len(model.pair.columns)), dtype=np.float32)
    model.pair.log_odds(values)
    child = multiprocessing.get_context("fork").Process(target=model.pair.log_odds, args=(values,))
    child.start()
    child.join(timeout=60)
    is_done = child.exitcode == 0
    child.kill()
    child.join()
    assert is_done


@pytest.mark.parametrize("part", ["means", "trees"])
def test_a_model_that_is_cut_off_is_refused_before_anything_is_scored(model, tmp_path, part):
    given = json.loads(model.to_json())
    given["pair"][part] = given["pair"][part][:100]
    path = tmp_path / "linkage_model.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"linkage_model\.json"):
        load_pair_model(path)


def test_a_model_reads_as_it_was_written(model, scored, tmp_path):
    path = tmp_path / "linkage_model.json"
    path.write_text(model.to_json(), encoding="utf-8")
    again = load_pair_model(path)
    values = scored.pairs.table.values[:50]
    assert (again.pair.log_odds(values) == model.pair.log_odds(values)).all()
    assert again.to_json() == model.to_json()


def test_what_is_no_model_is_refused_by_its_name(tmp_path):
    path = tmp_path / "linkage_model.json"
    path.write_text('{"version": "linkage-9"}', encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"linkage_model\.json, line 1, column 1: pair: this key is missing"):
        load_pair_model(path)


def test_the_same_rows_give_the_same_scorer():
    random = np.random.default_rng(7)
    values = random.normal(size=(400, 3)).astype(np.float32)
    is_one = values[:, 0] + random.normal(size=400) > 1
    shape = TreeShape(rounds=20)
    one, other = (fit_scorer(["a", "b", "c"], values, is_one, [1, 0, 0], ridge=10, shape=shape) for _ in range(2))
    assert one == other
    assert Scorer.from_dict(one.to_dict()) == one
    assert np.corrcoef(one.log_odds(values), values[:, 0])[0, 1] > 0.8


def test_a_pair_with_a_better_rival_is_known_by_it():
    a, b = np.array([0, 0, 1]), np.array([1, 2, 2])
    columns = rival_columns(a, b, np.array([3.0, -1.0, -2.0]), 3)
    assert columns["is_mutual"].tolist() == [1, 0, 0]
    assert columns["rival"][1] == pytest.approx(1 / (1 + np.exp(-3)))
    assert columns["rival"][0] < 0.5
    # Each of the first two is more like the other than like the third.
    assert columns["support"][0] == pytest.approx(1 / (1 + np.exp(2)))


def test_the_columns_of_rivals_do_not_depend_on_the_order_of_pairs():
    random = np.random.default_rng(3)
    a, b = np.triu_indices(12, 1)
    odds = random.normal(size=len(a)) * 3
    order = random.permutation(len(a))
    one, other = rival_columns(a, b, odds, 12), rival_columns(a[order], b[order], odds[order], 12)
    for name in one:
        np.testing.assert_allclose(np.asarray(one[name])[order], other[name], atol=1e-9)


def test_words_that_true_pairs_bring_together_are_related():
    smoke, fire, cider = frozenset({"smoke", "siren"}), frozenset({"fire", "crew"}), frozenset({"cider", "youth"})
    documents = [smoke, fire] * 6 + [cider, cider] * 6
    pairs = np.arange(0, 24, 2)
    association = fit_association([WordedSet(documents, pairs, pairs + 1)])
    places = association.places(incidence([smoke, fire, cider], association.words))
    related = association.related(places, np.array([0, 0]), np.array([1, 2]))
    assert related[0] > 0 > related[1]


def test_a_word_of_real_reports_that_is_not_public_stays_out_of_the_model():
    documents = [frozenset({"smoke", "tolhurst"})] * 8
    pairs = np.arange(0, 8, 2)
    sets = [WordedSet(documents, pairs, pairs + 1)]
    assert vocabulary(sets) == ("smoke", "tolhurst")
    assert vocabulary(sets, frozenset({"smoke"})) == ("smoke",)


def test_a_threshold_is_the_lowest_that_keeps_to_the_precision():
    counts = {
        3.0: Counts(10, 10, 40, 0),
        2.0: Counts(20, 19, 40, 0),
        1.0: Counts(30, 27, 40, 0),
        0.0: Counts(40, 30, 40, 0),
    }
    assert thresholds([counts], [0.95, 0.9]) == {"0.95": 1.5, "0.90": 0.5}


def test_average_link_makes_no_chain():
    rows = np.arange(9)
    links = Links.of([[row] for row in range(10)], rows, rows + 1, np.full(9, 2.0))
    assert max(len(group) for group in average_link(links, 0.0, lambda *_: True)) == 2
