"""Public names of places that earlier versions stored in two ways, brought to the one name that the gazetteer gives."""

from tasking.intake.service import IntakeService
from tasking.intake.store import place_names as store


def rename_places(service: IntakeService) -> int:
    """Renames the public places of stored reports whose name is another one now. Returns how many reports changed.

    Only where the gazetteer knows the old name as the same place: a name that stands for several stays.
    """
    new: dict[str, str] = {}
    for name in store.names(service.warehouse):
        found, _ = service.gazetteer.public_name(name)
        if found and found != name and service.gazetteer.is_same_place(found, name):
            new[name] = found
    return store.rename(service.warehouse, new) if new else 0
