from django.urls import path

from officehours.views import booking, hours, polls, queue

urlpatterns = [
    path("office-hours/", hours.office_hours, name="office_hours"),
    path("office-hours/new", hours.hours_new, name="hours_new"),
    path("office-hours/booking", hours.booking_rules, name="booking_rules"),
    path("office-hours/ask", booking.appointment_ask, name="appointment_ask"),
    path("office-hours/appointments/<int:pk>/give-up", booking.appointment_give_up, name="appointment_give_up"),
    path("office-hours/appointments/<int:pk>/accept", booking.appointment_accept, name="appointment_accept"),
    path("office-hours/appointments/<int:pk>/decline", booking.appointment_decline, name="appointment_decline"),
    path("office-hours/appointments/<int:pk>/", booking.appointment_answer, name="appointment_answer"),
    path("office-hours/<int:pk>/", booking.hours_date, name="hours_date"),
    path("office-hours/<int:pk>/book", booking.hours_book, name="hours_book"),
    path("office-hours/<int:pk>/wait", booking.hours_wait, name="hours_wait"),
    path("office-hours/<int:pk>/leave", booking.hours_leave, name="hours_leave"),
    path("office-hours/<int:pk>/change", hours.hours_change, name="hours_change"),
    path("office-hours/<int:pk>/cancel", hours.hours_cancel, name="hours_cancel"),
    path("office-hours/<int:pk>/restore", hours.hours_restore, name="hours_restore"),
    path("office-hours/<int:pk>/queue", queue.hours_queue, name="hours_queue"),
    path("office-hours/<int:pk>/queue/join", queue.hours_queue_join, name="hours_queue_join"),
    path("office-hours/<int:pk>/queue/mine", queue.hours_queue_mine, name="hours_queue_mine"),
    path("office-hours/<int:pk>/queue/run", queue.hours_queue_run, name="hours_queue_run"),
    path("office-hours/queue/<int:pk>", queue.queue_entry, name="queue_entry"),
    path("office-hours/<int:number>/<isodate:date>/", hours.hours_former, name="hours_former"),
    path("office-hours/<int:number>/<isodate:date>/<slug:page>", hours.hours_former, name="hours_former_page"),
    path("office-hours/polls/new", polls.poll_new, name="poll_new"),
    path("office-hours/polls/<int:pk>/", polls.poll, name="poll"),
    path("office-hours/polls/<int:pk>/close", polls.poll_close, name="poll_close"),
    path("office-hours/polls/<int:pk>/publish", polls.poll_publish, name="poll_publish"),
]
