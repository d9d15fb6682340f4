"""Classic vision with OpenCV: operations in a chain, over pictures and streams, and the code that does the same."""
