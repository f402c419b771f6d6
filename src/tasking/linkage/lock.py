"""One run of linking at a time, in any process."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tasking.linkage.service import LinkageService
from tasking.model.errors import TaskingError


@contextmanager
def linking_lock(service: LinkageService, within_s: float = 60) -> Iterator[None]:
    """Keeps every other run of linking out until the block ends. Raises TaskingError where one takes longer than
    `within_s`."""
    with ExitStack() as stack:
        try:
            stack.enter_context(service.warehouse.lock("linkage", within_s))
        except TimeoutError:
            raise TaskingError(
                "Incidents are being linked at the moment. Nothing was changed. Try again in a few minutes."
            ) from None
        yield
