"""The shape of include/linkage_model.json, which `tasking linkage fit --write` writes."""

from typing import Any

from pydantic import Field

from tasking.config.strict_model import StrictModel


class AssociationFile(StrictModel):
    """Which words go together in reports of one incident."""

    words: list[str] = Field(description="stems of words that enough reports have, in the order of their points")
    points: list[str] = Field(description="of each word its position among words that go together, numbers in a text")
    signs: list[float] = Field(description="of each dimension of the positions 1, or -1 where alike words differ")


class ScorerFile(StrictModel):
    """A scorer: a logistic regression and boosted trees over the same columns."""

    columns: list[str] = Field(description="what the scorer reads of a pair, in the order of the other lists")
    means: list[float] = Field(description="the mean of each column in the labelled sets")
    scales: list[float] = Field(description="the standard deviation of each column in the labelled sets")
    weights: list[float] = Field(description="the regression's weight of each column, 0 for one that it leaves out")
    bias: float = Field(description="the regression's log-odds of a pair with the mean of every column")
    trees: list[str] = Field(description="the lines of the boosted trees as LightGBM writes them")


class PairModelFile(StrictModel):
    """How likely two reports, and two groups of reports, are one incident. Not to be edited by hand."""

    version: str = Field(description="the name of this model, which is kept with every incident that it made")
    merge_above: dict[str, float] = Field(
        description="share of merged pairs that is to be right, such as 0.95, and from which log-odds groups are merged"
    )
    fitted_on: dict[str, Any] = Field(description="how many labelled sets, reports and true pairs it was fitted on")
    figures: dict[str, Any] = Field(description="how well it did on labelled sets that it was not fitted on")
    association: AssociationFile = Field(description="which words go together in reports of one incident")
    pair: ScorerFile = Field(description="the scorer of two reports by themselves")
    beside: ScorerFile = Field(description="the scorer of two reports beside the others that either may belong to")
    group: ScorerFile = Field(description="the scorer of two groups of reports")
