from django.urls import path

from credits.views import collecting, ledger, staff, stock

urlpatterns = [
    path("credits/", collecting.credit_home, name="credits"),
    path("credits/<int:pk>/ask", collecting.credit_ask, name="credit_ask"),
    path("credits/<int:pk>/collect", collecting.credit_collect, name="credit_collect"),
    path("credits/codes/<int:pk>/show", collecting.credit_reveal, name="credit_reveal"),
    path("credits/codes/<int:pk>/report", collecting.credit_report, name="credit_report"),
    path("credits/codes/<int:pk>/open-again", staff.credit_reopen, name="credit_reopen"),
    path("credits/codes/<int:pk>/faulty", staff.credit_faulty, name="credit_faulty"),
    path("credits/requests/", staff.credit_requests, name="credit_requests"),
    path("credits/requests/<int:pk>/decline", staff.credit_decline, name="credit_decline"),
    path("credits/search", staff.credit_search, name="credit_search"),
    path("credits/<int:pk>/desk", staff.credit_desk, name="credit_desk"),
    path("credits/<int:pk>/ledger", ledger.credit_ledger, name="credit_ledger"),
    path("credits/<int:pk>/ledger.csv", ledger.credit_ledger_csv, name="credit_ledger_csv"),
    path("credits/<int:pk>/import", stock.credit_import, name="credit_import"),
    path("credits/<int:pk>/settings", stock.credit_pool, name="credit_pool"),
    path("credits/log", ledger.credit_log, name="credit_log"),
    path("credits/requests/<int:pk>/withdraw", collecting.credit_withdraw, name="credit_withdraw"),
    path("credits/new", stock.credit_pool_new, name="credit_pool_new"),
]
