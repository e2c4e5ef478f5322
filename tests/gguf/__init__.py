"""GGUF files, written by llama.cpp's own `gguf` package, and what is counted of them."""
