"""Who may open which address: the second opinion on the URL conf. Quietly weakening a view turns a test red."""

STUDENT, ASSISTANT, INSTRUCTOR, SIGNED_IN = "student", "assistant", "instructor", "signed in"

ROUTES = {
    # portal
    "home": SIGNED_IN,
    "healthz": "public: a load balancer asks whether the process lives",
    "readyz": "public: a load balancer asks whether the portal can serve",
    "theme": "public: the choice of light or dark holds before sign-in too",
    "people_picker": "public: the demo's way in, with invented people only: 404 unless DEMO or DEBUG is on",
    "course_home": STUDENT,
    # signing in
    "account_login": "public: this is where one signs in",
    "account_request_login_code": "public: this is where one signs in",
    "account_confirm_login_code": "public: this is where one signs in",
    "account_logout": "public: whoever is signed out already is led on, not asked to sign in first",
}
