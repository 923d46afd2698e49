"""The commands of ``limosa``: each file here is one, under its own name, in its attribute ``command``."""
