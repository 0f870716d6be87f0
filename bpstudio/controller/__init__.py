"""Wishes in, view states out: playback, seeks, background work. QtCore only."""
