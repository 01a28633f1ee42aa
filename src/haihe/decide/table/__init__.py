"""Decision tables and graphs from elsewhere, run as they are: DMN 1.x and GoRules JDM."""
