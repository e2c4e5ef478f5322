"""Whose a figure is: who the card's model is, what it is called, and which name in a sentence owns which figure."""
