"""A site in the window: a grid of its streams, one of them large, zones and lines drawn with the mouse."""
