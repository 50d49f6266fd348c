"""What this package costs on top of the engine and of the calls it has to make: `python -m bench`."""
