"""The one exception of the levers."""


class Refused(Exception):
    """Cannot be done here; the text says why, for a person to read. Answered as HTTP 422."""
