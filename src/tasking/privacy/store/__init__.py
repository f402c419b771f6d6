"""What retention, erasure and rekeying read and change in the warehouse."""
