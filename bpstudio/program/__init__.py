"""In which order: the operations of a run as an index over positions. Pure integers, no floats."""
