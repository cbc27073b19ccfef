"""The rules of presentations."""
