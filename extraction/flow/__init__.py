"""The flow of a network: its model and file format, the layer catalogue, shapes, checks, completion and difference."""
