"""What the duty officer sees of the traffic zone: junctions, roads and the reversible lane."""
