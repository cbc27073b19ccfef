"""Pages of the course: classes, what is due, news, settings, the roster."""
