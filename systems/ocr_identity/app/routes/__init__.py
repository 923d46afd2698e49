"""The HTTP face: each route hands its request to the module that knows, in one transaction."""
