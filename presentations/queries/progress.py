"""How far the reviews are, by student and day; and hints that something is worth a look, never penalties."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import ceil

from courses.domain import gradebook
from courses.models import Course, Enrollment, Section
from presentations.domain import duties, schedule
from presentations.domain.schedule import Place, TalkDay
from presentations.models import PeerReview, ReviewAllowance

ALIKE = 0.85  # of the words that two comments have between them
SHORT = 20  # characters of all comments together
WORDY = 8  # words from which two comments are compared


@dataclass
class Cell:
    owed: int
    done: int = 0
    late: int = 0
    allowance: ReviewAllowance | None = None

    @property
    def is_missing(self) -> bool:
        return self.done < self.owed


@dataclass
class StudentRow:
    person: Enrollment
    cells: list[Cell]

    @property
    def owed(self) -> int:
        return sum(cell.owed for cell in self.cells)

    @property
    def done(self) -> int:
        return sum(min(cell.done, cell.owed) for cell in self.cells)

    @property
    def extra(self) -> int:
        return sum(max(0, cell.done - cell.owed) for cell in self.cells)


@dataclass
class TalkProgress:
    place: Place
    n: int = 0
    drafts: int = 0


@dataclass
class Progress:
    days: list[TalkDay]
    sections: list[tuple[Section, list[StudentRow]]]
    talks: list[TalkProgress]
    hints: list[tuple[PeerReview, str]] = field(default_factory=list)

    @property
    def owed(self) -> int:
        return sum(row.owed for _, rows in self.sections for row in rows)

    @property
    def done(self) -> int:
        return sum(row.done for _, rows in self.sections for row in rows)


def review_progress(course: Course, *, reader: Enrollment | None = None, has_hints: bool = True) -> Progress:
    """Everyone's progress, in a fixed number of queries; without hints at reviews of a talk that the reader gave."""
    owed = duties.course_duties(course)
    reviews = list(
        PeerReview.objects.filter(presentation__course=course).select_related("reviewer__user", "presentation__team")
    )
    allowances = {
        (allowance.enrollment_id, allowance.meeting_id): allowance
        for allowance in ReviewAllowance.objects.filter(meeting__course=course)
    }
    day_of = {place.talk.pk: day for day in owed.days for place in day.counting}
    cells: dict[tuple[int, int], list[PeerReview]] = defaultdict(list)
    for review in reviews:
        if review.submitted_at and review.presentation_id in day_of:
            cells[review.reviewer_id, day_of[review.presentation_id].meeting.pk].append(review)

    def row(person: Enrollment) -> StudentRow:
        keys = [(person.pk, day.meeting.pk) for day in owed.days]
        return StudentRow(
            person,
            [
                Cell(owed.owed.get(key, 0), len(cells[key]), sum(r.is_late for r in cells[key]), allowances.get(key))
                for key in keys
            ],
        )

    sections = [(s, [row(p) for p in owed.students if p.section_id == s.pk]) for s in owed.sections]
    places = schedule.places(owed.days)
    own = {place.talk.pk for place in places if reader and place.has(reader)}
    looked_at = [review for review in reviews if review.presentation_id not in own]
    return Progress(owed.days, sections, _talks(owed.days, reviews), hints(looked_at, places) if has_hints else [])


def _talks(days: list[TalkDay], reviews: list[PeerReview]) -> list[TalkProgress]:
    lines = {place.talk.pk: TalkProgress(place) for place in schedule.places(days) if place.talk.team_id}
    for review in reviews:
        line = lines.get(review.presentation_id)
        if line:
            line.n += review.submitted_at is not None
            line.drafts += review.submitted_at is None
    return list(lines.values())


def hints(reviews: list[PeerReview], places: list[Place]) -> list[tuple[PeerReview, str]]:
    """Reviews that are worth a look, each with the reason."""
    begins = {place.talk.pk: place.starts_at for place in places}
    found: list[tuple[PeerReview, str]] = []
    written = [review for review in reviews if review.submitted_at]
    twins = _twins([set(" ".join(review.comments.values()).casefold().split()) for review in written])
    for number, review in enumerate(written):
        scores, text = list(review.scores.values()), " ".join(review.comments.values())
        if len(scores) > 1 and len(set(scores)) == 1:
            found.append((review, f"every score is {scores[0]}"))
        if scores and len(text) < SHORT:
            found.append((review, "hardly any comment"))
        if review.submitted_at and review.submitted_at < begins.get(review.presentation_id, review.submitted_at):
            found.append((review, "sent before the talk began"))
        if number in twins:
            twin = written[twins[number]]
            found.append((review, f"nearly the words of {twin.reviewer.user.name} on {twin.presentation.who}"))
    return found


def _twins(texts: list[set[str]]) -> dict[int, int]:
    """The first earlier text that each is alike, by number.

    Two texts that share most of their words share one of the rarest of each; so only those are compared.
    """
    often = Counter(word for words in texts for word in words)
    bit = {word: 1 << place for place, word in enumerate(sorted(often, key=lambda word: (often[word], word)))}
    by_word: dict[int, list[int]] = defaultdict(list)
    found: dict[int, int] = {}
    masks = [sum(bit[word] for word in words) for words in texts]
    for number, words in enumerate(texts):
        if len(words) < WORDY:
            continue
        shared = len(words) - ceil(ALIKE * len(words) - 1e-9) + 1
        rarest = sorted(bit[word] for word in words)[:shared]
        near = sorted({other for word in rarest for other in by_word[word]})
        twin = next((other for other in near if _are_alike(masks[number], masks[other])), None)
        if twin is not None:
            found[number] = twin
        for word in rarest:
            by_word[word].append(number)
    return found


def _are_alike(words: int, other: int) -> bool:
    """Whether two sets of words, a bit for each, are nearly the same."""
    return (words & other).bit_count() >= ALIKE * (words | other).bit_count()


def as_csv(course: Course, section: Section) -> str:
    """One section's reviews, a row a student: owed, done, late and extra, and each day's done of owed."""
    found = review_progress(course, has_hints=False)
    days = [day.meeting.date.isoformat() for day in found.days]
    table: list[list[object]] = [["Student", "SIS Login ID", "Owed", "Done", "Late", "Extra", *days]]
    for row in next((rows for listed, rows in found.sections if listed.pk == section.pk), []):
        late = sum(cell.late for cell in row.cells)
        each = [f"{cell.done} of {cell.owed}" for cell in row.cells]
        name = row.person.user.sort_name or row.person.user.name
        table.append([name, row.person.login, row.owed, row.done, late, row.extra, *each])
    return gradebook.spreadsheet(table)
