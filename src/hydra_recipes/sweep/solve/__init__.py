"""Solving: assignments of axes that no check refuses, walked depth first."""
