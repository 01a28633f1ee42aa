"""What ``SensorFault`` is made of: each module knows one sign that a sensor cannot be believed."""
