"""Claim files, model cards and catalogues, read into claims with positions; printed figures and how they round."""
