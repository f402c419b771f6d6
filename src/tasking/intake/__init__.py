"""Partner feeds: what they are (declaration), how they reach us (transports), and how they are read."""
