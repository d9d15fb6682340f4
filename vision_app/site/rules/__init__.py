"""Rules: what is an event. Pure: a scene and a state in, a state and what happened out. One file a kind of rule."""
