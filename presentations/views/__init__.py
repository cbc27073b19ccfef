"""The pages of presentations."""
