"""Linking by hand-set weights and rules, as version 0.1 did it: a row of the table to compare with."""
