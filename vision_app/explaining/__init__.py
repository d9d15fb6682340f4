"""Why a model said what it said: maps over the picture, feature maps, attention, lessons on real numbers."""
