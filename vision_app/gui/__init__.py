"""The desktop application. The only part of the program that imports Qt."""

from vision_app.gui.immortal import keep_singletons

keep_singletons()
