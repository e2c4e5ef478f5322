"""Exact counts: components, packing, the two ledgers and their reconciliation, and the named denominators."""
