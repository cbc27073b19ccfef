from courses.models.course import Course, Section
from courses.models.meeting import AgendaItem, ClassMeeting, NoClassDay, Published, WeeklyTime
from courses.models.people import Enrollment, Role, RosterChange, RosterImport
from courses.models.posted import Announcement, Assignment

__all__ = [
    "AgendaItem",
    "Announcement",
    "Assignment",
    "ClassMeeting",
    "Course",
    "Enrollment",
    "NoClassDay",
    "Published",
    "Role",
    "RosterChange",
    "RosterImport",
    "Section",
    "WeeklyTime",
]
