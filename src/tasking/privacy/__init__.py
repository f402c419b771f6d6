"""What personal data is kept for, for how long, and how a person is taken out of it."""
