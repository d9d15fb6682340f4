"""The model panel: what runs on the pictures, and what else could."""
