"""Faces, hands, bodies and outlines: what lies between their networks, in numpy and OpenCV alone.

The networks are Google's (MediaPipe 0.10.21); each constant here is an option of the graphs inside its wheel.
"""
