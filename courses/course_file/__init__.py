from courses.course_file.applying import apply
from courses.course_file.planning import export, plan
from courses.course_file.rules import check
from courses.course_file.schema import SCHEMA

__all__ = ["SCHEMA", "apply", "check", "export", "plan"]
