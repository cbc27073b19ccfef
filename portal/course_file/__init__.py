"""The engine of the course file: read, check, plan, apply, export. The apps' `course_file` modules know the blocks."""
