"""What it takes to serve and to train a model: operations, memory, traffic, time, money. Pure functions of an
architecture and a fleet."""
