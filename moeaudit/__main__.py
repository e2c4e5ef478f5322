"""`moeaudit`, and `python -m moeaudit`: the first code of ours that runs, while the rest is loaded.

Python and the script that an installer writes run before it: a Ctrl-C in those 20 to 40 ms is theirs to answer.
"""

import os
import signal
import sys

EARLY = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Run the command line. Until it heeds signals itself they end it, with its line and its code."""
    for one in EARLY:
        if signal.getsignal(one) is not signal.SIG_IGN:
            signal.signal(one, gone)
    from moeaudit.cli import main as run

    run()


def gone(number: int, frame: object) -> None:
    """A half-loaded program has nothing to put in order. At the other end, when the work is done, what was written is
    not said again."""
    begun = "moeaudit.cli.interrupt" in sys.modules
    try:
        os.write(2, b"moeaudit: interrupted\n" if begun else b"moeaudit: interrupted; nothing was written\n")
    finally:
        os._exit(128 + number)


if __name__ == "__main__":
    main()
