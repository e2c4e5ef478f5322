"""Writers, one per medium: the only places that format values and make foreign text safe."""
