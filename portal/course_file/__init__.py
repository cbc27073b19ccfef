"""A course in and out of one file (`course-file/1`, docs/course-file.md)."""
