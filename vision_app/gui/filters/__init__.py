"""The OpenCV panel: filters on the live picture, their numbers, their code and their lessons."""
