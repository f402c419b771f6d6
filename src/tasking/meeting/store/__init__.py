"""Proposals, taskings and the steps taken with them, as the warehouse keeps them."""
