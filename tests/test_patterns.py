"""Every pattern of the package is linear: nobody's words can keep the district's morning waiting."""

import ast
import hashlib
import importlib
import pkgutil
import re
import sys
from typing import Any

import pytest
from conftest import ROOT
from patterns import faults, limit_s, slowest_s

import tasking

_OF_RE = {"compile", "search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split"}
_OF_STR = {"contains", "extract", "extractall", "match", "fullmatch", "replace", "split", "rsplit", "findall", "count"}
# Patterns that are put together where they are used, and where their parts are looked at instead.
_ELSEWHERE = {
    (
        "tasking.config.categories",
        "translate(fold(word).casefold())",
    ),  # all that include/categories.yml declares: below
    ("tasking.config.categories", "self.restricted_pattern"),
    ("tasking.config.categories", r'''f"\\b(?:{'|'.join(self.high_risk_text or ['(?!)'])})\\b"'''),
    # All that include/harm.yml declares: below.
    ("tasking.config.harm", "'|'.join((translate(text.casefold()) for text in self.texts))"),
    ("tasking.config.harm", r'''f"\\b(?:{'|'.join(patterns)})(?!\\w)"'''),
    ("tasking.config.harm", r"f'\\b(?:{pattern})(?!\\w)'"),
    ("tasking.config.harm", "pattern"),
    ("tasking.linkage.report_facts", r"f'\\b(?:{words})\\b'"),  # callers.nobody: below
    ("tasking.linkage.features", "self.sensitive"),
    ("tasking.runtime.run_notes", "re.escape(named(day))"),  # a literal
    (
        "decision_rights",
        """f'/dags/{DAG_ID}/dagRuns/(?P<run_id>[^/]+)/taskInstances/(?P<task_id>[^/]+)/(?P<map_index>[^/]+)/hitlDetails/?$'""",
    ),
    # Learned from the rows of a file: repeats that are counted, of letters or of figures, never both.
    ("tasking.intake.readers.csv_row_split", "f'\"?(?:{alternatives})\"?{mark}{after}'"),
    # By fnmatch, whose repeats give nothing back; our own words for names of columns.
    ("tasking.config.feed", "'|'.join(parts) or '(?!)'"),
    ("tasking.intake.drafting.roles", "f'\\\\b(?:{pattern})\\\\b'"),
    ("tasking.intake.drafting.roles", "f'\\\\b(?:{self.no_names})\\\\b'"),
    ("tasking.intake.drafting.time_columns", "pattern"),  # one of two that the module holds
    ("tasking.intake.quality.evaluation", "kwargs['regex']"),  # a suite's own
    ("tasking.intake.readers.rows", "'|'.join((translate(fold(one).casefold()) for one in feed.file.ignored_rows))"),
}


# Tried at the beginning of a text, and nowhere else.
_MATCHED = (
    "category ", "harm: grade ", "tasking.privacy.erasure.file_contents:", "tasking.intake.drafting.footers:",
    "tasking.intake.quality_letter", "tasking.intake.drafting.written_times.", "tasking.intake.drafting.written_times:",
)  # fmt: skip


def modules() -> dict[str, Any]:
    found = {}
    for one in pkgutil.walk_packages(tasking.__path__, "tasking."):
        if ".migrations" in one.name or one.name.startswith("tasking.runtime.airflow") or one.name.endswith("__main__"):
            continue
        try:
            found[one.name] = importlib.import_module(one.name)
        except ImportError as error:  # an extra that is not installed here; its calls are read from the source below
            if str(error.name).startswith("tasking"):
                raise
    return found


def held_by(module: Any) -> dict[str, re.Pattern[Any]]:
    """The compiled patterns of a module and of its classes, by name."""
    owners = [
        module,
        *(one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__),
    ]
    return {
        f"{module.__name__}.{name}": value
        for owner in owners for name, value in vars(owner).items() if isinstance(value, re.Pattern)
    }  # fmt: skip


def written_in(path: Any, name: str, space: dict[str, Any]) -> tuple[dict[str, re.Pattern[Any]], set[tuple[str, str]]]:
    """The patterns that calls in a file name, and those that can't be told from the source."""
    found: dict[str, re.Pattern[Any]] = {}
    untold: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        of = node.func.value
        is_re = isinstance(of, ast.Name) and of.id == "re" and node.func.attr in _OF_RE
        is_str = isinstance(of, ast.Attribute) and of.attr == "str" and node.func.attr in _OF_STR
        is_plain = any(one.arg == "regex" and getattr(one.value, "value", None) is False for one in node.keywords)
        is_plain |= (
            is_str
            and node.func.attr in ("split", "rsplit", "replace")
            and not any(one.arg == "regex" for one in node.keywords)
        )
        if not (is_re or is_str) or is_plain:
            continue
        words = ast.unparse(node.args[0])
        others = (ast.unparse(one) for one in (*node.args[1:], *(key.value for key in node.keywords)))
        flags = [one for one in others if re.fullmatch(r"re\.[A-Z]+(?: \| re\.[A-Z]+)*", one)]
        try:
            pattern = eval(words, dict(space))  # noqa: S307 - our own source
            flag = eval(flags[0], {"re": re}) if flags else 0  # noqa: S307
        except Exception:
            untold.add((name, words))
            continue
        found[f"{name}:{node.lineno}"] = re.compile(pattern, flag)
    return found, untold


def every_pattern() -> tuple[dict[str, re.Pattern[Any]], set[tuple[str, str]]]:
    loaded = modules()
    found: dict[str, re.Pattern[Any]] = {}
    untold: set[tuple[str, str]] = set()
    for module in loaded.values():
        found |= held_by(module)
    for folder in ("src", "dags", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT / folder).with_suffix("").parts).removesuffix(".__init__")
            written, not_told = written_in(path, name, vars(loaded[name]) if name in loaded else {"re": re})
            found |= written
            untold |= not_told
    return found, untold


def declared() -> dict[str, re.Pattern[Any]]:
    """What include/ makes patterns of."""
    from tasking.config.categories import load_categories
    from tasking.config.harm import load_harm
    from tasking.config.layers import Include
    from tasking.config.partnership_file import load_partnership
    from tasking.linkage.report_facts import _Complainants

    categories = load_categories(ROOT / "include/categories.yml")
    found = {f"category {code} {number}": one for number, (one, code) in enumerate(categories._patterns)}
    found["restricted_text"] = re.compile(categories.restricted_pattern, re.IGNORECASE)
    found["high_risk_text"] = categories.high_risk
    partnership = load_partnership(Include.of(ROOT / "include"))
    found["callers.nobody"] = _Complainants.of(partnership.callers).nobody
    harm = load_harm(ROOT / "include/harm.yml", [one.code for one in categories.categories])
    found |= {f"harm: grade {grade.points}": grade._pattern for grade in harm.grades}
    found |= {f"harm: {name}": sign._said for name, sign in harm.signs.items()}
    found |= {f"harm: near {name}": sign._beside for name, sign in harm.signs.items()}
    return found


@pytest.fixture(scope="module")
def found() -> tuple[dict[str, re.Pattern[Any]], set[tuple[str, str]]]:
    """Read when a test asks: it imports the whole package."""
    return every_pattern()


@pytest.fixture(scope="module")
def all_patterns(found) -> dict[str, re.Pattern[Any]]:
    return found[0] | declared()


def test_the_patterns_of_the_package_are_found(found, all_patterns):
    assert {
        "tasking.linkage.time_pattern.PATTERN",
        "tasking.linkage.text_features._COUNT",
        "tasking.model.text._SPACES",
    } <= set(found[0])
    assert len(found[0]) > 60
    assert len(all_patterns) > 250


def test_no_pattern_is_put_together_where_this_test_does_not_look(found):
    strange = {one for one in found[1] - _ELSEWHERE if not one[0].startswith("tasking.privacy.erasure")}
    assert not strange


def test_no_two_repeats_of_a_pattern_can_take_the_same_characters(all_patterns):
    at_fault = {name: said for name, one in all_patterns.items() if (said := faults(one))}
    assert not at_fault


def test_no_pattern_takes_longer_than_its_text_is_long(all_patterns, pytestconfig):
    """What was found linear once, by these texts and this Python, is not tried again."""
    judged_by = hashlib.sha256((ROOT / "tests" / "patterns.py").read_bytes()).hexdigest() + sys.version
    linear, slow = set(pytestconfig.cache.get("patterns/linear", [])), {}
    for name, one in all_patterns.items():
        is_match = name.startswith(_MATCHED)
        key = hashlib.sha256(repr((one.pattern, one.flags, is_match, judged_by)).encode()).hexdigest()
        if key in linear:
            continue
        took = slowest_s(one, is_match=is_match)
        if took > limit_s():
            slow[name] = round(took, 2)
        else:
            linear.add(key)
    pytestconfig.cache.set("patterns/linear", sorted(linear))
    assert not slow


@pytest.mark.parametrize(
    "bad",
    [r"(a+)+$", r"(?:\w+\s?)*!", r"\s*(?:hrs\s*)?\s*x", r"\d+,?\d+!", r"[a-z]*a[a-z]*!", r"(?:a|b|ab)*\w*!", r".*.*x"],
)
def test_a_pattern_that_is_not_linear_is_found_by_its_structure(bad):
    assert faults(re.compile(bad))


@pytest.mark.parametrize("bad", [r"\s+$", r"\b(?=[A-Z0-9/-]*\d{3})[A-Z0-9]+(?:[/-][A-Z0-9]+)+\b"])
def test_a_pattern_that_is_not_linear_is_found_by_the_clock(bad):
    """The yardstick is measured beside it, since a machine that is busy at one time may not be at another."""

    def is_found() -> bool:
        limit_s.cache_clear()
        return slowest_s(re.compile(bad, re.IGNORECASE)) > limit_s()

    assert any(is_found() for _ in range(3))


@pytest.mark.parametrize(
    "good", [r"[a-z]+(?:[/-][a-z]+)*", r"(?>.*?a).*", r"\d{1,3}\s?\d{1,3}", r"\w{1,30}\s\w+", r"a++a*"]
)
def test_a_linear_pattern_is_not_accused(good):
    assert not faults(re.compile(good))
