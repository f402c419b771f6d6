"""Every declaration under include/: how it is found, read and checked."""
