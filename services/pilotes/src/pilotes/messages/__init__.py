"""E-mails: reminders to participants who chose them, and events to members of a team."""
