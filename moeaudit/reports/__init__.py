"""Views of finished results. A view takes data and returns text or bytes; it derives nothing."""
