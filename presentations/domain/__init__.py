"""The rules of this room."""
