"""The operations: one module each, with its row."""
