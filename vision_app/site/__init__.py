"""Many cameras and clips in one process, with rules about what they show and messages to other programs."""
