"""Models in the user's folder: downloading, placing, verifying, counting."""
