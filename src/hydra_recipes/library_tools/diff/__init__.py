"""Comparing: what a change of a library does to all that is composed from it.

Contract: both versions are composed and checked by the same other libraries; data first, text
second. Nothing of a version is ever written to, and git is only read from.
"""
