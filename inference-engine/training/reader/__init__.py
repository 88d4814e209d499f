"""Trains, evaluates and exports Palimpsest-Reader, the small model that answers from memories."""
