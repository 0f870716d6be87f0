"""Equations on the screen and in figures: layout, painting, and the label that shows them."""
