"""Tables: whose each row and column is, what their labels say, and the figures in their cells."""
