"""The outbox, presses and answers as the warehouse keeps them."""
