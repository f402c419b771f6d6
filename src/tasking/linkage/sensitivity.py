"""Which reports count as restricted in linking."""

import pandas as pd

from tasking.config.categories import Categories


def with_sensitivity(categories: Categories, reports: pd.DataFrame) -> pd.DataFrame:
    """The reports with `is_restricted` as linking takes it: by flag, category or words.

    A report of an unknown category is not restricted by that alone, as it is in chat. `reports`: sensitivity, category,
    signals.
    """
    codes = {one.code for one in categories.categories if one.restricted}
    says_so = reports["signals"].str.contains('"is_sensitive":true', regex=False).eq(True)
    restricted = reports["sensitivity"].notna() | reports["category"].isin(codes) | says_so
    return reports.assign(is_restricted=restricted.astype(bool))
