"""The desktop application. The only part of the program that imports Qt."""

from vision_app.gui.references import keep_true

keep_true()
