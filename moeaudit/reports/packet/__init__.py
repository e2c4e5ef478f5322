"""The audit packet: one content model, built once from a finished audit, and a view for each format."""
