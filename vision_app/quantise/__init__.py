"""Static INT8 versions of models, calibrated on the user's own frames.

`making` runs it all; `frames` collects the pictures, `network` rewrites the graph, `agreement` compares.
"""
