"""Log context: each step binds its partnership, day and feed to every line logged inside it."""

import inspect
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import ParamSpec, TypeVar

from structlog.contextvars import bound_contextvars

P = ParamSpec("P")
R = TypeVar("R")


def in_context(step: Callable[P, R]) -> Callable[P, R]:
    """Decorates a step whose first argument has a `key` (the partnership); also binds `day` and `feed_name`."""
    signature = inspect.signature(step)

    @wraps(step)
    def with_context(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs).arguments
        about = {"step": step.__name__, "partnership": next(iter(given.values())).key or None}
        if isinstance(given.get("day"), date):
            about["day"] = str(given["day"])
        if "feed_name" in given:
            about["feed"] = given["feed_name"]
        with bound_contextvars(**{name: value for name, value in about.items() if value}):
            return step(*args, **kwargs)

    return with_context
