"""The description of a model: blocks that know their tensors, costs and cache, and the families that compose them."""
