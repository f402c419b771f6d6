"""Where things happen: public names, wards and weighted spots, from the gazetteer."""

from tasking.places.build import BuildCounts, build
from tasking.places.gazetteer import Gazetteer
from tasking.places.gazetteer_files import declared_places, load_gazetteer
from tasking.places.location_candidates import BestLocation, LocationCandidates, location_candidates

__all__ = [
    "BestLocation", "BuildCounts", "Gazetteer", "LocationCandidates", "build", "declared_places", "load_gazetteer",
    "location_candidates",
]  # fmt: skip
