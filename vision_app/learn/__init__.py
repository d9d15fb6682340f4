"""Learning: a new head for a frozen backbone, trained on the user's own samples, as a model of the catalogue.

`training.Trainer` does all of it; the parts it is made of can be used alone: `embedding` (pictures through the
frozen backbone), `augment`, `splitting`, `head` (the layers and their training), `stopping`, `advice`,
`producing` (one ONNX file, checked, into the catalogue).
"""
