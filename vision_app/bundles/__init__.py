"""A model taken elsewhere: as a file, a page for a browser, a Python script, or a station of a kiosk."""
