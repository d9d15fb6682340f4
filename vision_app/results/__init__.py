"""What flows through the program: frames, results, packets, and what they are made of."""
