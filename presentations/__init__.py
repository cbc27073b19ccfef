"""The presentations of a course: teams, schedule, swaps and peer reviews."""
