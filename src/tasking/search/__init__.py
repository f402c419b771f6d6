"""Search: one box for places, references, words, categories and people, limited to what somebody may see."""

from tasking.search.query import Asked, Reader
from tasking.search.results import Found, Kind
from tasking.search.service import SearchService

__all__ = ["Asked", "Found", "Kind", "Reader", "SearchService"]
