"""What staff type about a course."""
