"""A run without a window: settings, outputs, progress."""
