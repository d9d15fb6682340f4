"""Family and year of architectures that have no card of their own in the catalogue. First prefix wins."""

from __future__ import annotations

from typing import NamedTuple

_CNN_ATTENTION = "Hybrid (CNN + Transformer)"


class Family(NamedTuple):
    """Kind of network, and the year of its publication."""

    name: str
    year: int | None


# Source of the years: the first version of each paper
_FAMILIES: dict[str, Family] = {
    "alexnet": Family("AlexNet (CNN)", 2014),
    "vgg": Family("VGGNet (CNN)", 2014),
    "resnext": Family("ResNet (CNN)", 2016),
    "wide-resnet": Family("ResNet (CNN)", 2016),
    "resnet": Family("ResNet (CNN)", 2015),
    "googlenet": Family("GoogLeNet/Inception (CNN)", 2014),
    "inception-v4": Family("GoogLeNet/Inception (CNN)", 2016),
    "inception": Family("GoogLeNet/Inception (CNN)", 2015),
    "densenet": Family("DenseNet (CNN)", 2016),
    "squeezenet": Family("SqueezeNet (CNN)", 2016),
    "shufflenet": Family("ShuffleNet (CNN)", 2018),
    "mnasnet": Family("MNASNet (CNN)", 2018),
    "mobilenetv3": Family("MobileNet (CNN)", 2019),
    "mobilenet-v3": Family("MobileNet (CNN)", 2019),
    "mobilenet": Family("MobileNet (CNN)", 2018),
    "efficientnet-lite": Family("EfficientNet (CNN)", 2020),
    "efficientnet-v2": Family("EfficientNet (CNN)", 2021),
    "efficientnetv2": Family("EfficientNet (CNN)", 2021),
    "efficientnet": Family("EfficientNet (CNN)", 2019),
    "regnet": Family("RegNet (CNN)", 2020),
    "convnextv2": Family("ConvNeXt (CNN)", 2023),
    "convnext": Family("ConvNeXt (CNN)", 2022),
    "deit": Family("ViT (Transformer)", 2020),
    "swin": Family("ViT (Transformer)", 2021),
    "vit": Family("ViT (Transformer)", 2020),
    "maxvit": Family(_CNN_ATTENTION, 2022),
    "mobilevitv2": Family(_CNN_ATTENTION, 2022),
    "mobilevit": Family(_CNN_ATTENTION, 2021),
    "levit": Family(_CNN_ATTENTION, 2021),
    "coatnet": Family(_CNN_ATTENTION, 2021),
    "coat": Family(_CNN_ATTENTION, 2021),
    "convit": Family(_CNN_ATTENTION, 2021),
    "rtdetr": Family("DETR (CNN + Transformer)", 2023),
    "yolov3": Family("YOLO", 2018),
    "yolov5": Family("YOLO", 2023),
    "yolov8": Family("YOLO", 2023),
    "yolov9": Family("YOLO", 2024),
    "yolov10": Family("YOLO", 2024),
    "yolo11": Family("YOLO", 2024),
    "yolo12": Family("YOLO", 2025),
    "yolo26": Family("YOLO", 2026),
}


def family_of(name: str) -> Family | None:
    """The family of a model by its name in the catalogue's spelling, None when it is none of these.

    >>> family_of("efficientnet-v2-s")
    Family(name='EfficientNet (CNN)', year=2021)
    """
    return next((family for prefix, family in _FAMILIES.items() if name.startswith(prefix)), None)
