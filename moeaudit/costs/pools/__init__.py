"""An engine's pools of cache: which layers share blocks, what a request takes of them, what the log says."""
