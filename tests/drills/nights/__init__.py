"""Nights in which something breaks, on the small and the scale topology: what was promised and what was found."""
