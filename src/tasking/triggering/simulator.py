"""What the rules would have proposed under other numbers."""
Simulated = None
simulate = None
