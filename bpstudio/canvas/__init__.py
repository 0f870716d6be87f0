"""The picture of the network: geometry, painters, and the widget that shows them."""
