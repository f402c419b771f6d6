"""What retention, erasure and new pseudonym keys read and change in the warehouse."""
