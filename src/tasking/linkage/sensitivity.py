"""Which reports count as restricted in linking."""

import pandas as pd

from tasking.config.categories import Categories


def with_sensitivity(categories: Categories, reports: pd.DataFrame) -> pd.DataFrame:
    """The reports with `is_restricted` as linking takes it: by flag, category or words.

    A report of an unknown category is not restricted by that alone, as it is in chat. `reports`: sensitivity, category,
    is_sensitive (by its words; null counts as true).
    """
    codes = {one.code for one in categories.categories if one.restricted}
    by_words = reports["is_sensitive"].ne(False)
    restricted = reports["sensitivity"].notna() | reports["category"].isin(codes) | by_words
    return reports.assign(is_restricted=restricted.astype(bool))
