"""Hand-drawn signs on paper: scenes drawn from a seed, and the networks that are trained on them.

Everything is drawn by the code here. `python -m sketches.preview` shows scenes, `python -m sketches.train` trains.
"""
