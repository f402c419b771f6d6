"""The declaration of a trigger rule: numbers, themes, wording and what it proposes. Its query is a separate SQL
file."""

import string
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from tasking.config.faults import Source, fault_in, validated
from tasking.config.strict_model import KeyFault, KeyFaults, StrictModel
from tasking.config.yaml_file import declared_text, parse_yaml, shown_name
from tasking.model.errors import DeclarationError, Fault
from tasking.model.trigger import MOST_MEANS_RADIUS_M, MOST_RADIUS_M, Proposes

_COUNTED: Final = frozenset({"reports", "incidents", "complainants", "partners"})
_RESERVED: Final = "by_hand"  # see config.reserved_rule
# What the wording of a rule may name besides counts and numbers, by its test.
_MEASURED: Final[Mapping[str, frozenset[str]]] = {
    "count": frozenset(),
    "surge": frozenset({"usual", "z", "change"}),
    "means": frozenset({"span", "first_on"}),
}


class CoolDown(StrictModel):
    """When a subject may be proposed again after it was decided. Days count from the decision.

    `new_share`: of the incidents that are counted afterwards, so many must be new since the decision, and at least one.
    """

    rejected_days: int = Field(ge=0, description="days after a rejection in which it is not proposed again")
    grown_by: float = Field(ge=0, description="unless there are this many times more incidents")
    closed_days: int = Field(ge=0, description="days after its group was closed in which it is not proposed again")
    new_share: float = Field(
        ge=0,
        le=1,
        default=0.5,
        description="of the incidents that are counted afterwards, the share that must be new since the decision",
    )
    approved_days: int | None = Field(
        ge=0,
        default=None,
        description="days after an approval in which it is not proposed again: without them, not until it is closed",
    )


class Unusual(StrictModel):
    """Fires only if a count is unlikely at this place, compared with its own past: `below_p` is the highest
    probability.

    `needs_days`: complete days in the past; with fewer, there is no comparison and the rule fires.
    """

    below_p: float = Field(gt=0, lt=1, description="the highest probability of such a count by chance")
    against_days: int = Field(ge=7, description="how many days of the past it is compared with")
    needs_days: int = Field(ge=1, description="complete days of the past without which there is no comparison")


class Wording(StrictModel):
    """`headline` and `detail` are shown in the briefing; {names} are counts, numbers, theme and subject."""

    headline: str = Field(description="the line of the briefing, with {names} of counts, numbers, theme and subject")
    detail: str = Field(description="what stands below it, with the same {names}")
    warning: str = Field(default="", description="what is said of a subject that is one short of the numbers")


class Rule(StrictModel):
    """include/rules/<rule>.yml."""

    rule: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$", description="the rule's own name, as the file and its query are named"
    )
    version: int = Field(ge=1, description="the number of its thresholds, raised whenever they change")
    title: str = Field(description="what the rule is called on the desk")
    why: str = Field(description="why the partnership has this rule, in a sentence for the meeting")
    proposes: Proposes = Field(description="what it asks people to do")
    route: Literal["briefing", "restricted"] = Field(
        description="where its proposals go: the briefing, or those who keep the restricted register"
    )
    severity: Literal["low", "medium", "high"] = Field(description="how urgent its proposals are")
    test: Literal["count", "surge", "means"] = Field(
        default="count", description="what is compared: counts with numbers, with the usual, or a rare means"
    )
    reference: str | None = Field(
        default=None, description="the prefix of the references by which people are named, never by name"
    )
    themes: dict[str, list[str]] = Field(
        min_length=1, description="by theme, the categories that it looks at: an empty list stands for all"
    )
    means: dict[str, str] = Field(
        default={}, description="by theme, the concept of lexicon.yml that names it, for a test of means"
    )
    numbers: dict[str, float] = Field(
        description="its thresholds and parameters by name, such as days, radius_m and incidents"
    )
    needs: list[list[str]] = Field(
        default=[], description="groups of counts, of each of which one must reach its number"
    )
    unusual: Unusual | None = Field(default=None, description="fires only where the count is unlikely at this place")
    cool_down: CoolDown = Field(description="when a subject may be proposed again")
    wording: Wording = Field(description="what the briefing says of a proposal")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if faults := [*self._faults_of_numbers(), *self._faults_of_wording()]:
            raise KeyFaults(faults)
        return self

    def _faults_of_numbers(self) -> Iterator[KeyFault]:
        most_m = MOST_MEANS_RADIUS_M if self.test == "means" else MOST_RADIUS_M
        if self.numbers.get("radius_m", 0) > most_m:
            yield KeyFault("numbers.radius_m", f"{most_m} at most")
        if self.means.keys() != (self.themes.keys() if self.test == "means" else set()):
            yield KeyFault("means", "a rule with `test: means` names a concept of the lexicon for each theme")
        if not {"days", "months"} & self.numbers.keys():
            yield KeyFault("numbers", "days or months is missing: how far back does the rule look?")
        for name in dict.fromkeys(name for group in self.needs for name in group):
            if name not in self.numbers:
                yield KeyFault("needs", f"{name} is not among the numbers", name)

    def _faults_of_wording(self) -> Iterator[KeyFault]:
        known = {*self.numbers, *_COUNTED, "theme", "subject", *_MEASURED[self.test]}
        known |= {"due", "put_back"} if self.proposes == Proposes.ESCALATE else set()
        for part in ("headline", "detail", "warning"):
            named = {name for _, name, _, _ in string.Formatter().parse(getattr(self.wording, part)) if name}
            for one in sorted(named - known):
                yield KeyFault(f"wording.{part}", f"{{{one}}} is neither a count nor a number of the rule")

    @property
    def window_days(self) -> int:
        """How far back the rule looks, in days; a month counts as 31."""
        return int(self.numbers.get("days") or self.numbers["months"] * 31)

    @property
    def is_placed(self) -> bool:
        """True where the subject is a place."""
        return "radius_m" in self.numbers

    def since(self, day: date) -> date:
        """The first day of the rule's window: `days` back, `day` included, or the same date `months` ago."""
        if "days" in self.numbers:
            return day - timedelta(days=int(self.numbers["days"]) - 1)
        year, month = divmod(day.year * 12 + day.month - 1 - int(self.numbers["months"]), 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def load_rules(paths: Iterable[Path], queries: Path, categories: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that these files declare. Raises DeclarationError with the faults of all of them."""
    rules: list[Rule] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            source = Source(shown_name(path), declared_text(path))
            rule = _rule(source)
        except DeclarationError as error:
            faults += error.faults or [Fault(shown_name(path), 0, 0, "", str(error))]
            continue
        faults += _faults_beside(source, rule, path.stem, queries, categories)
        rules.append(rule)
    if faults:
        raise DeclarationError.of(faults)
    return tuple(rules)


def _faults_beside(source: Source, rule: Rule, stem: str, queries: Path, categories: Sequence[str]) -> list[Fault]:
    """The faults of a rule in what it has to do with other files: its name, its query, its categories."""
    faults = []
    if rule.rule == _RESERVED:
        faults.append(fault_in(source, "rule", f"the name {_RESERVED} is reserved for groups started by hand"))
    elif rule.rule != stem:
        faults.append(fault_in(source, "rule", f"is {rule.rule!r}; the file must bear the same name"))
    elif not (queries / f"{rule.rule}.sql").is_file():
        faults.append(fault_in(source, "rule", f"there is no include/sql/rules/{rule.rule}.sql"))
    strange = sorted({code for codes in rule.themes.values() for code in codes} - set(categories))
    return faults + [fault_in(source, "themes", f"there is no category {code}", code) for code in strange]


@lru_cache(maxsize=1024)
def _rule(source: Source) -> Rule:
    return validated(Rule, parse_yaml(source.text, source.name), source)


def with_numbers(rules: Sequence[Rule], settings: Mapping[str, float]) -> tuple[Rule, ...]:
    """The rules with other numbers: {"cluster.incidents": 3}. Raises DeclarationError where there is no such number."""
    changed: dict[str, dict[str, Any]] = {rule.rule: rule.model_dump() for rule in rules}
    for name, value in settings.items():
        rule, _, number = name.partition(".")
        if rule not in changed:
            raise DeclarationError(f"{name}: there is no rule {rule!r}; there are: {', '.join(sorted(changed))}")
        of_rule = changed[rule]
        if number in of_rule["numbers"]:
            of_rule["numbers"][number] = value
        elif of_rule["unusual"] and number in of_rule["unusual"]:
            of_rule["unusual"][number] = value
        else:
            numbers = sorted({*of_rule["numbers"], *(of_rule["unusual"] or ())})
            raise DeclarationError(f"{name}: {rule} has no number {number!r}; it has: {', '.join(numbers)}")
    try:
        return tuple(Rule.model_validate(changed[rule.rule]) for rule in rules)
    except ValidationError as error:
        raise DeclarationError(f"--set: {error}") from error
