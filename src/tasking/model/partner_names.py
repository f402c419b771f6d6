"""Display names of feeds: the partner's name, with the feed's if the partner has several."""

from collections import Counter
from collections.abc import Mapping


def names_of(partners: Mapping[str, str]) -> dict[str, str]:
    """Feed -> what people call it: `Kent Police`, and `Kent Police (police_asb)` where the partner has other feeds too.

    `partners`: feed -> the name of its partner.
    """
    counts = Counter(_folded(partner) for partner in partners.values())
    return {
        feed: partner if counts[_folded(partner)] == 1 else f"{partner} ({feed})" for feed, partner in partners.items()
    }


def _folded(partner: str) -> str:
    """The name with case and spacing normalised."""
    return " ".join(partner.split()).casefold()
