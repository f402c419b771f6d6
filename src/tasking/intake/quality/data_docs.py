"""Great Expectations' Data Docs of suites, and of how deliveries fared, without any value of a delivery.

The library renders each section; the page around them is ours, because its own fetches styles and scripts from other
servers. What is shown of a delivery are the counts that are kept of it.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

from tasking.config.suite import Suite
from tasking.intake.quality.great import library_expectation, quieten
from tasking.intake.quality.suites import ExpectationResult

_FILE_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_LIBRARY_LINK: Final = re.compile(r'href="(?:\.\./)+expectations/([^"/]+)\.html"')
_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 1.5rem auto; padding: 0 1rem; color: #0b0c0c; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
td, th { border-bottom: 1px solid #b1b4b6; padding: .4rem .6rem; text-align: left; vertical-align: top; }
.badge { background: #eef1f5; border-radius: .25rem; padding: 0 .35rem; font-family: monospace; }
.fa-check-circle::before { content: "met"; font-style: normal; color: #0b5c2e; }
.fa-times::before { content: "not met"; font-style: normal; color: #8a1f11; font-weight: 600; }
a[data-toggle="collapse"] { display: none; }
"""


@dataclass(frozen=True)
class CheckedDelivery:
    """How one delivery fared. `name`: of its file."""

    day: date
    name: str
    results: Sequence[ExpectationResult]


@dataclass(frozen=True)
class Contract:
    """What one partner's deliveries must satisfy, and how they fared, the newest first."""

    feed: str
    partner: str
    suites: Sequence[Suite]
    deliveries: Sequence[CheckedDelivery]


def write_data_docs(contracts: Iterable[Contract], folder: Path) -> int:
    """Writes an index, a page for each suite of a partner and one for each delivery; returns how many pages.

    Nothing in them leads to another server. Raises OSError where the folder can't be written.
    """
    quieten()
    written, index = 1, []
    for contract in contracts:
        inside = folder / contract.feed
        inside.mkdir(parents=True, exist_ok=True)
        links = []
        for suite in contract.suites:
            title = f"{contract.partner}: what is expected, {suite.name}"
            links.append(_page(inside, f"suite-{suite.name}", title, suite.name, [_suite_sections(suite)]))
        days = []
        for number, one in enumerate(contract.deliveries, 1):
            title = f"{contract.partner}, {one.day.isoformat()}: {one.name}"
            kept = [_result_sections(suite, one) for suite in contract.suites if _of(suite, one)]
            failed = [result for result in one.results if not result.is_met]
            words = f"{one.day.isoformat()}, {one.name}" + (f", {len(failed)} not met" if failed else "")
            days.append(_page(inside, f"{one.day.isoformat()}-{number}", title, words, kept))
        written += len(links) + len(days)
        index.append(_index_part(contract, links, days))
    folder.mkdir(parents=True, exist_ok=True)
    body = "".join(index) or "<p>No partner has a contract.</p>"
    (folder / "index.html").write_text(_whole("Contracts with partners", body), encoding="utf-8")
    return written


def _of(suite: Suite, delivery: CheckedDelivery) -> list[ExpectationResult]:
    return [one for one in delivery.results if one.suite == suite.name]


def _suite_sections(suite: Suite) -> str:
    from great_expectations.render.renderer import ExpectationSuitePageRenderer

    return _rendered(ExpectationSuitePageRenderer().render(_library_suite(suite)))


def _result_sections(suite: Suite, delivery: CheckedDelivery) -> str:
    from great_expectations.render.renderer import ValidationResultsPageRenderer

    return _rendered(ValidationResultsPageRenderer().render(_library_result(suite, delivery)))


def _library_suite(suite: Suite) -> Any:
    from great_expectations.core import ExpectationSuite

    expected = [library_expectation(one) for one in suite.expectations]
    return ExpectationSuite(name=suite.name, expectations=expected)


def _library_result(suite: Suite, delivery: CheckedDelivery) -> Any:
    """The results that are kept of a delivery, as the library has them."""
    import great_expectations as gx
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.core.run_identifier import RunIdentifier

    by_name = {one.name: one for one in suite.expectations}
    results = [
        ExpectationValidationResult(
            success=one.is_met,
            expectation_config=library_expectation(by_name[one.name]).configuration,
            result=_counts(one),
            exception_info={"raised_exception": False, "exception_message": None, "exception_traceback": None},
            meta={},
        )
        for one in _of(suite, delivery)
        if one.name in by_name
    ]
    met = sum(one.is_met for one in _of(suite, delivery))
    run = RunIdentifier(run_name=delivery.name, run_time=datetime.combine(delivery.day, time(), UTC))
    return ExpectationSuiteValidationResult(
        success=met == len(results), results=results, suite_name=suite.name,
        statistics={
            "evaluated_expectations": len(results), "successful_expectations": met,
            "unsuccessful_expectations": len(results) - met,
            "success_percent": 100 * met / len(results) if results else None,
        },
        meta={"run_id": run, "active_batch_definition": None, "great_expectations_version": gx.__version__},
    )  # fmt: skip


def _counts(one: ExpectationResult) -> Mapping[str, Any]:
    share = 100 * one.failed / one.checked if one.checked else 0.0
    return {
        "element_count": one.checked, "missing_count": 0, "missing_percent": 0.0, "unexpected_count": one.failed,
        "unexpected_percent": share, "partial_unexpected_list": [],
    }  # fmt: skip


def _rendered(content: Any) -> str:
    from great_expectations.render.view import DefaultJinjaSectionView

    view = DefaultJinjaSectionView()
    sections = content.to_json_dict()["sections"]
    rendered = (view.render({"section": one, "section_loop": {"index": at}}) for at, one in enumerate(sections, 1))
    return _LIBRARY_LINK.sub(r'href="suite-\1.html"', "\n".join(rendered))


def _page(folder: Path, name: str, title: str, words: str, parts: Sequence[str]) -> str:
    """Writes a page, and returns a link to it from the index."""
    file = f"{_FILE_NAME.sub('-', name)}.html"
    back = '<p><a href="../index.html">All contracts</a></p>'
    (folder / file).write_text(_whole(title, back + "\n".join(parts)), encoding="utf-8")
    return f'<a href="{html.escape(folder.name)}/{file}">{html.escape(words)}</a>'


def _index_part(contract: Contract, suites: Sequence[str], deliveries: Sequence[str]) -> str:
    listed = "".join(f"<li>{one}</li>" for one in deliveries) or "<li>none in these days</li>"
    return (
        f"<h2>{html.escape(contract.partner)}</h2><p>What is expected: {', '.join(suites)}</p>"
        f"<p>Deliveries:</p><ul>{listed}</ul>"
    )


def _whole(title: str, body: str) -> str:
    shown = html.escape(title)
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{shown}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{shown}</h1>\n{body}</body></html>\n"
    )
