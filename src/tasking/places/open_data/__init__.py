"""Readers of open data as it is published: boundaries (ONS), Code-Point Open and OS Open Names (Ordnance Survey)."""
