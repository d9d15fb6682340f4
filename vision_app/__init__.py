"""Real-time computer vision on webcams, videos and streams, through ONNX Runtime."""

__version__ = "0.1.0"
