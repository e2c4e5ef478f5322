"""`python -m moeaudit`."""

from moeaudit.cli import main

if __name__ == "__main__":
    main()
