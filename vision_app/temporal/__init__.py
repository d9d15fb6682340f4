"""Learning over time: heads that say which movement a sequence is. Trained in NumPy, run by ONNX Runtime."""
