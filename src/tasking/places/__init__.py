"""Where things happen: public names, wards and weighted spots, from the gazetteer."""

from tasking.places.build import Built, build
from tasking.places.candidates import Candidates, Likeliest, candidates
from tasking.places.gazetteer import Gazetteer, load_gazetteer

__all__ = ["Built", "Candidates", "Gazetteer", "Likeliest", "build", "candidates", "load_gazetteer"]
