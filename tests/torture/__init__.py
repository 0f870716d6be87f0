"""Tests that try to break things, at any length: scripts/torture runs them."""
