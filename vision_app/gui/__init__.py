"""The desktop application. The only part of the program that imports Qt."""
