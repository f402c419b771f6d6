"""Merges the rows of a case that the partner prints once for each of its headings."""

import hashlib

import pandas as pd

from tasking.config.feed import Feed


def merge_headings(feed: Feed, reports: pd.DataFrame, raw: pd.DataFrame) -> pd.DataFrame:
    """The reports, with rows that differ in nothing but the heading merged into the first of them.

    Both frames are indexed by row number. A merged report is restricted if any of its rows is, and takes that row's
    category. Feeds that do not declare `merge_headings` come back as they are.
    """
    if not feed.merge_headings or reports.empty:
        return reports
    others = [column for column in raw.columns if column != feed.fields.category]
    same_case = raw.loc[reports.index, others].fillna("").agg("\x1f".join, axis=1)
    # The same heading twice is a repeated row, not a second heading.
    headings = reports[~reports["content_hash"].duplicated()]
    shared = headings[same_case.loc[headings.index].duplicated(keep=False)]
    if shared.empty:
        return reports
    case = same_case.loc[shared.index]
    first = shared[~case.duplicated()].index
    by_case = shared.groupby(case)
    kept = reports.drop(index=shared.index.difference(first))
    kept.loc[first, "is_restricted"] = case.loc[first].map(by_case["is_restricted"].any()).astype(bool)
    weightiest = shared.sort_values("is_restricted", ascending=False, kind="stable").groupby(case)
    for column in ("category", "priority", "asb_kind"):
        kept.loc[first, column] = case.loc[first].map(weightiest[column].first())
    # Sorted, so that the same case in another order has the same hash.
    kept.loc[first, "category_text"] = case.loc[first].map(by_case["category_text"].agg(_joined))
    kept.loc[first, "content_hash"] = case.loc[first].map(by_case["content_hash"].agg(_hashed))
    return kept


def _joined(words: pd.Series) -> str:
    return " + ".join(sorted(words.dropna()))


def _hashed(hashes: pd.Series) -> str:
    return hashlib.sha256("".join(sorted(hashes)).encode()).hexdigest()
