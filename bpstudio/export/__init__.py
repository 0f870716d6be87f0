"""From view state to files: the same painters as the window."""
