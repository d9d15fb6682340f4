"""Models measured on the user's own machine and set beside their published accuracy.

`running` gives each model a process of its own, in which `worker` calls `measuring`; `tables` and `plot` show.
"""
