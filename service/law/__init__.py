"""Law as data: working calendars and the rules of each jurisdiction, with their sources."""
