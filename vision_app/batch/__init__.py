"""An archive of clips, by one machine or several: spans of clips as tasks, joined as one machine writes them."""
