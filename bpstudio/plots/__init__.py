"""Live curves; the only speaker of pyqtgraph."""
