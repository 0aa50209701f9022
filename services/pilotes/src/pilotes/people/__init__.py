"""People who take part: invitations, enrolment, consent, withdrawal, their own data."""
