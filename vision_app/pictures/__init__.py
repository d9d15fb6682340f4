"""Still pictures and small animations: heads, limits, and the one reader for the run, the window and the samples."""
