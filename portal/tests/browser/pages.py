"""Which addresses are pages."""

# Addresses that are no page of ours; all others must show one to somebody.
NO_PAGE = {
    "healthz": "words for a machine",
    "readyz": "words for a machine",
    "account_confirm_login_code": "opens while a code is on its way: looked at below",
    "mailbox_html": "a letter as a mail reader shows it, with a policy of its own",
    "hours_former": "an address of before, which leads on to the page of a date",
    "hours_former_page": "an address of before, which leads on to a page of a date",
    "calendar_feed": "for a calendar program",
    "office_hours_feed": "for a calendar program",
    "reviews_csv": "a file",
    "talk_file": "a file",
    "credit_ledger_csv": "a file",
    "guard_template": "a file",
}
