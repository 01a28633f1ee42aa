"""车路协同: messages between vehicles and roadside, as bytes and as values."""
