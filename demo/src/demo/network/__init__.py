"""The demo's Centre-Val de Loire: its static part, as several operators' timetables."""
