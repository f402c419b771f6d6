"""Which reports are one incident, and why: reports in, incidents and links with reasons out."""

from tasking.linkage.near_identical import VERSION, link

__all__ = ["VERSION", "link"]
