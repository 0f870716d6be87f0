"""The panels beside the canvas: outline, inspector, status. Each shows a state and emits wishes."""
