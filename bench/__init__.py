"""Measurements of Haihe beside what people would use instead; ``haihe bench`` runs them."""
