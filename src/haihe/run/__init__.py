"""One tick for live, shadow and backtest: they differ only in the feed and the sink."""
