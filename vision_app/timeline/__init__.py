"""What was seen when: results over a clip or a day, as lanes of spans, for a strip in the window and for a page."""
