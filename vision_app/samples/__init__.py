"""Samples: labelled pictures that a model learns from, kept so that none is lost.

`dataset.open_samples` reads a store or a plain folder; `store.SampleStore` keeps and changes one;
`capture.CaptureSession` fills it from frames.
"""
