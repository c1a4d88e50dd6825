"""Alerts: suspicions for officers, and what they decide."""
