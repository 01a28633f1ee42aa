"""What is asked of a traffic pack: junctions, corridors and how well their signals work."""
