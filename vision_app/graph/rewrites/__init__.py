"""Graphs made faster without changing what they compute: a row a rewrite, each with its own proof.

`table` lists the rewrites, `suiting` says which files are left alone, `proving` compares and times the outcome on this
machine, and `freeing` makes the fixed sides of a picture free. What is kept of them on disk is `engine.rewritten`'s.
"""
