"""潮汐车道 (reversible lanes): proved empty before they turn, and turned when the tide pays it."""
