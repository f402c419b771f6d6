"""Where things happen: public names and wards, from the gazetteer."""

from tasking.places.gazetteer import Gazetteer, load_gazetteer

__all__ = ["Gazetteer", "load_gazetteer"]
