"""The source bar: where the pictures come from, and how they are played."""
