"""The windows of the kiosk: the show, and the curtain behind it. Each is a process of its own."""
