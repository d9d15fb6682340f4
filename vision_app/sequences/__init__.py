"""Movements as numbers: values over time, with times and flags for what was missing. No model is run here."""
