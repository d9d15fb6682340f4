"""The teach panel: samples are captured, a model learns from them, and it runs on the picture at once."""
