"""Where we are: history, series and the session that moves through a run."""
