"""Fakes that stand in for time, chance and other people's systems: for our tests and for yours."""
