"""Static INT8 versions of models, calibrated on the user's own frames.

`searching` runs it all; `frames` collects the pictures, `network` rewrites the graph, `agreement` compares, `choosing`
tries versions, `writing` makes one of them a model.
"""
