"""Plain types and vocabulary of the domain. No I/O, no framework."""
