"""智慧交通: networks, signal plans, a lawful interlock and a training-free signal controller."""
