"""The panel "Look inside": live maps, layers, lessons, families, two models side by side."""
