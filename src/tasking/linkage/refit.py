"""A new model from labelled reports and from people's decisions, beside the one in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from tasking.linkage.extraction import extract_features
from tasking.linkage.linker import Linker
from tasking.linkage.model_figures import Counts
from tasking.linkage.model_fitting import Fitter
from tasking.linkage.pair_model import PairModel
from tasking.linkage.sensitivity import with_sensitivity
from tasking.linkage.service import LinkageService
from tasking.linkage.store import incidents, review
from tasking.linkage.training import training_set
from tasking.model.errors import TaskingError

WANTED: Final = (0.95, 0.90)
_PARTS: Final = 4  # of one file of labels, held out in turn
_SEED: Final = 20261024


@dataclass(frozen=True)
class PairMetrics:
    """Pairwise figures of what is merged unasked, over windows of four days; `wrong_sensitive`: wrong pairs with a
    sensitive report."""

    precision: float
    recall: float
    f1: float
    wrong: int
    wrong_sensitive: int

    @classmethod
    def of(cls, counts: Sequence[Counts]) -> "PairMetrics":
        figures = sum(counts[1:], counts[0]).figures
        return cls(figures["P"], figures["R"], figures["F1"], figures["wrong"], figures["sensitive"])

    @property
    def summary(self) -> str:
        return (
            f"precision {self.precision:.3f}, recall {self.recall:.3f}, F1 {self.f1:.3f}, {self.wrong} wrong pairs, "
            f"{self.wrong_sensitive} of them sensitive"
        )


@dataclass(frozen=True)
class FitResult:
    """`new`: metrics on sets held out; `old`: of the model in force, which may have been fitted on some of them."""

    model: PairModel
    old: PairMetrics
    new: PairMetrics

    @property
    def is_better(self) -> bool:
        """True where the new model finds more and merges no sensitive report wrongly."""
        return self.new.f1 > self.old.f1 and self.new.wrong_sensitive == 0


def refit_model(service: LinkageService, labels: Mapping[str, pd.DataFrame]) -> FitResult:
    """A new model, beside the one in force; nothing is changed by it.

    `labels`: name of a set -> feed, source_ref, incident, series, sensitive ("none" or what it is). Where a
    person decided that two labelled reports are one incident, they are. One set alone is cut into four by incident,
    and each is held out in turn. Raises TaskingError where the warehouse has none of the reports.
    """
    extract_features(service, date.min, date.max)
    reports = incidents.worded_reports(service.warehouse, date.min, date.max)
    labelled = {name: _labelled(service, reports, given) for name, given in labels.items()}
    labelled = {name: frame for name, frame in labelled.items() if not frame.empty}
    if not labelled:
        raise TaskingError("the warehouse has none of the labelled reports; run their days first: tasking replay")
    if len(labelled) == 1:
        labelled = _parted(*next(iter(labelled.items())))
    return fit_model(service.linker, labelled)


def fit_model(linker: Linker, labelled: Mapping[str, pd.DataFrame]) -> FitResult:
    """The same from frames as `training_set` takes them, two at least."""
    public = frozenset(linker.model.association.words)
    fitter = Fitter({name: training_set(linker, name, frame) for name, frame in labelled.items()}, public)
    number = int(linker.model.version.rpartition("-")[2]) + 1
    fitted = fitter.fit(list(labelled), f"linkage-{number}", WANTED)
    threshold = fitted.model.merge_above[linker.precision]
    new = PairMetrics.of([_at(counts, threshold) for counts in fitted.held_out.values()])
    in_force = [fitter.counts(name, fitter.scored(linker.model, name), linker.model.group) for name in labelled]
    old = PairMetrics.of([_at(counts, linker.merge_above) for counts in in_force])
    figures = {"precision": round(new.precision, 3), "recall": round(new.recall, 3), "f1": round(new.f1, 3)}
    return FitResult(replace(fitted.model, figures=figures), old, new)


def _at(counts: Mapping[float, Counts], threshold: float) -> Counts:
    return counts[min(counts, key=lambda level: abs(level - threshold))]


def _labelled(service: LinkageService, reports: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    frame = reports.merge(labels, on=["feed", "source_ref"], how="inner")
    if frame.empty:
        return frame
    frame = with_sensitivity(service.conventions.categories, frame)
    decided = [(one.report_a, one.report_b, one.is_same) for one in review.decisions(service.warehouse)]
    return frame.assign(is_sensitive=frame["sensitive"] != "none", incident=_decided(frame, decided))


def _decided(frame: pd.DataFrame, decided: Sequence[tuple[str, str, bool]]) -> Any:
    """The incident of each report after people's decisions, the oldest first: two that are one get one name."""
    incident = dict(zip(frame["report_id"], frame["incident"], strict=True))
    for one, other, is_same in decided:
        if is_same and one in incident and other in incident:
            gone, kept = incident[other], incident[one]
            incident = {report: kept if name == gone else name for report, name in incident.items()}
    return frame["report_id"].map(incident)


def _parted(name: str, frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """One labelled set in parts; reports of one incident, and of one series, are in the same part."""
    series = frame["series"].fillna("").to_numpy(object)
    group = np.where(series != "", series, frame["incident"].to_numpy(object))
    names = sorted(set(group))
    drawn = np.random.default_rng(_SEED).permutation(len(names))
    part = np.array([dict(zip(names, drawn, strict=True))[one] % _PARTS for one in group])
    return {f"{name}, part {number + 1}": frame[part == number] for number in range(_PARTS) if (part == number).any()}
