"""The sections of a packet, one file each: pure functions from an audit to values of the content model."""
