"""What runs behind a screen: one picture source, any number of models, nothing that ever waits."""
