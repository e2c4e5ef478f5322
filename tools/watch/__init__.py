"""Which model types the libraries serve that the catalogue does not know yet; see `__main__`."""
