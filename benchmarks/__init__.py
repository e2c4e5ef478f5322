"""What moeaudit costs beside those who read the same: `python -m benchmarks`."""
