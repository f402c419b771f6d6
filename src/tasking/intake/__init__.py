"""Receives partners' deliveries: fetches, archives, reads, normalises, checks and stores them, and holds faulty
rows."""
