"""Deliveries, reports, held rows and feed days as the warehouse keeps them."""
