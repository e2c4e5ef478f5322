"""The rules: each a small documented object with an id and a pure check of facts."""
