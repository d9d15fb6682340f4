"""The demo kiosk without its window: the programme, who is there, privacy, the PIN, the watchdog.

The watchdog's process lives for weeks beside the one that shows the pictures. So what it imports
(`programme`, `pin`, `beats`, `logs`, `watchdog`) imports neither NumPy nor OpenCV.
"""
