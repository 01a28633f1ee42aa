"""The parts of ``bench core``: each measures one line of its table."""
