"""Where results go: video, pictures, JSON Lines, a table, or nowhere."""
