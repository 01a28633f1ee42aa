"""What engineers look at: measures, coordination, corridors, before and after."""
