"""Plain types and the words of the desk. No input, no output, no framework."""
