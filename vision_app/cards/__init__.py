"""What is known about a model: its card, where it is found, how it is read off a file, what the user overrides."""
