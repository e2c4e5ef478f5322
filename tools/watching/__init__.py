"""Which model types the libraries serve that the catalogue does not know yet; see `page` and `tools/watch.py`."""
