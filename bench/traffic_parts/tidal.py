"""The tidal benchmark: when to turn a lane, beside fixed lanes, a timetable and an oracle."""
