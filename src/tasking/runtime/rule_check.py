"""Checks the trigger rules by running each on an empty warehouse, for the person who adds a rule or changes one."""

import string
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import SecretStr

from tasking.config.rule import Rule
from tasking.model.errors import DeclarationError
from tasking.runtime.local import open_services
from tasking.runtime.settings import Settings
from tasking.services import Services
from tasking.triggers.evaluate import parameters
from tasking.triggers.inputs import RuleInputs, rule_inputs

_COUNTED: Final = frozenset({"reports", "incidents", "complainants", "partners"})
# Numbers that evaluating a rule reads, whatever its query takes.
_EVALUATED: Final = frozenset({"days", "months", "radius_m", "meetings", "warn_at"})
_EVALUATED_BY_SURGE: Final = frozenset({"against_days", "needs_days", "z", "incidents"})


@dataclass(frozen=True)
class RuleCheck:
    """`fault`: what is wrong, in words; empty for a sound rule."""

    rule: str
    fault: str = ""

    @property
    def is_sound(self) -> bool:
        return not self.fault


def check_rules(settings: Settings, names: Collection[str]) -> list[RuleCheck]:
    """Checks the named rules, or all, as they would run today. Raises DeclarationError for a name without a rule."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'empty-{partnership}.db'}"  # as settings of several partnerships want it
        tried = settings.model_copy(update={"database_url": SecretStr(url), "pseudonym_key": SecretStr("0" * 64)})
        services = open_services(tried)
        rules = {rule.rule: rule for rule in services.rules}
        for name in names:
            if name not in rules:
                raise DeclarationError(f"there is no include/rules/{name}.yml; declared are: {', '.join(rules)}")
        inputs = rule_inputs(services.triggers, services.clock().astimezone(services.partnership.zone).date())
        return [RuleCheck(name, _fault(services, rules[name], inputs)) for name in names or rules]


def _fault(services: Services, rule: Rule, inputs: RuleInputs) -> str:
    query = f"rules/{rule.rule}"
    try:
        declared = services.warehouse.declared_query(query)
        for theme in rule.themes:
            if said := services.warehouse.fault_of(query, parameters(rule, theme, inputs)):
                return f"include/sql/{query}.sql: {said}"
    except DeclarationError as error:
        return str(error)
    if strange := sorted(set(rule.means.values()) - set(services.extractor.lexicon.concepts)):
        return f"means: there is no concept {strange[0]} in include/lexicon.yml"
    if missing := [name for name in _needed_columns(rule) if name not in declared.columns]:
        return f"include/sql/{query}.sql: it has no column {missing[0]}"
    counted = {*declared.columns, *(_COUNTED if rule.test != "surge" else ())}
    counted |= {"kinds"} if rule.test == "means" else set()
    needed = {name for group in rule.needs for name in group}
    if uncounted := sorted(needed - counted):
        return f"needs: {uncounted[0]} is not counted: include/sql/{query}.sql has no column of that name"
    used = {*declared.parameters, *needed, *_named_in_wording(rule), *_EVALUATED}
    if rule.test == "surge":
        used |= _EVALUATED_BY_SURGE
    if unused := sorted(rule.numbers.keys() - used):
        return f"numbers: {unused[0]} changes nothing: neither the query, needs nor the wording uses it"
    return ""


def _needed_columns(rule: Rule) -> list[str]:
    """The columns that evaluating a rule reads; see docs/triggers.md."""
    if rule.test == "surge":
        return ["subject_key", "on_day", "incidents"]
    of_place = ["east_m", "north_m"] if rule.is_placed else []
    if rule.test == "means":
        of_place += ["category", "on_day", "happened_h"]
    of_usual = ["usual_incidents"] if rule.unusual and rule.test == "count" else []
    return ["subject_key", "report_id", "incident_id", "feed", "complainant", *of_place, *of_usual]


def _named_in_wording(rule: Rule) -> set[str]:
    texts = (rule.wording.headline, rule.wording.detail, rule.wording.warning)
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
