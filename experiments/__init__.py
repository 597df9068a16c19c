"""The experiments of Section 5: their settings, their runs, and the values printed in the paper."""
