"""A progress bar of one line: count, rate and remaining time."""

import sys
import time

BAR_WIDTH = 30
SECONDS_BETWEEN_UPDATES = 0.1


class ProgressBar:
    """Draws the state of a known number of steps on standard error, or nothing when not visible.

    A context, which ends the line when it ends, by an error too.

    Args:
        total: number of steps, at least 1.
        visible: whether anything is drawn.
    """

    def __init__(self, total, visible):
        self.total, self.visible = total, visible
        self._start, self._last = time.monotonic(), -float("inf")

    def update(self, done):
        """Shows that `done` steps are finished."""
        now = time.monotonic()
        if not self.visible or (done < self.total and now - self._last < SECONDS_BETWEEN_UPDATES):
            return
        self._last = now
        print("\r" + progress_line(done, self.total, now - self._start), end="", file=sys.stderr, flush=True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._last >= self._start:  # a line has been drawn
            print(file=sys.stderr, flush=True)


def progress_line(done, total, seconds):
    """The line for `done` of `total` steps after `seconds`, padded so that it covers the one before."""
    filled = BAR_WIDTH * done // total
    rate = done / seconds if seconds > 0 else 0.0
    remaining = f"{(total - done) / rate:.0f} s left" if rate > 0 else ""
    return f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {done}/{total}  {rate:,.0f}/s  {remaining:<16}"
