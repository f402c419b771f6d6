"""What a category is called."""

from collections.abc import Mapping


def category_label(code: str, labels: Mapping[str, str]) -> str:
    """The label of a category. Reports keep a category that the partnership has removed from its declaration: that one
    is called by the words of its code, `Dog fouling`."""
    return labels.get(code) or code.replace("_", " ").capitalize()
