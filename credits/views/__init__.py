"""The pages of the credits app."""
