"""Who answers what a lower app asks of a higher one, on one screen."""

from django.apps import AppConfig, apps


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        # Inside, since models exist only now. Light modules: icalendar and Markdown are imported where they are used.
        import courses.course_file
        import credits.course_file
        import feedback.course_file
        import officehours.course_file
        import portal.checks  # noqa: F401
        import presentations.course_file.reviews
        import presentations.course_file.talks
        from courses.domain import calendar, letters, publishing, staff
        from credits.domain import search
        from feedback.domain import reminders as survey_reminders
        from feedback.domain import windows
        from mail import tasks
        from mail.domain import delivery, kinds, outbox
        from officehours.domain import days_off
        from officehours.domain import letters as hours_letters
        from officehours.domain import teams as hours_teams
        from officehours.queries import appointments
        from portal import feeds
        from portal.course_file.checking import blocks as course_file_blocks
        from portal.letters import KINDS
        from presentations.domain import published_schedule, schedule, teams
        from presentations.domain import reminders as talk_reminders

        kinds.registry.register(KINDS)
        outbox.delivery_kick.register(tasks.send_soon)
        delivery.checks.register(
            letters.is_enrolled,
            survey_reminders.is_still_owed,
            talk_reminders.is_still_true,
            hours_letters.still_holds,
        )
        publishing.checks.register(search.refuse_codes_in)
        calendar.listeners.register(windows, days_off, schedule)
        staff.duties.register(appointments.duties_of)
        published_schedule.talk_calendar.register(feeds.talk_part)
        hours_teams.registry.register(teams)
        course_file_blocks.register(
            courses.course_file,
            feedback.course_file,
            officehours.course_file,
            presentations.course_file.talks,
            presentations.course_file.reviews,
            credits.course_file,
        )
        if apps.is_installed("cloudguard"):
            import cloudguard.course_file
            from cloudguard.domain import sweep_letters
            from cloudguard.queries import costs
            from courses.domain import cards

            delivery.checks.register(sweep_letters.is_still_wanted)
            cards.register(cards.Page.CREDITS, costs.credits_cards)
            cards.register(cards.Page.TODAY, costs.today_cards)
            course_file_blocks.register(cloudguard.course_file)
