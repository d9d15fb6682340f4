"""From a library of networks to a model of the catalogue: ONNX, card, and the proof that both are right.

The only package that imports torch, torchvision, timm and ultralytics, and only while it exports.
"""

from vision_app.exporting.base import Exported, ExportError, ExportRequest
from vision_app.exporting.exporter import LIBRARIES, export_model

__all__ = ["LIBRARIES", "ExportError", "ExportRequest", "Exported", "export_model"]
