"""交接班 and 日报: what a shift or a day held, from the log alone; what people add, and sign."""
