"""The one exception of a build step."""


class StepError(Exception):
    """A step cannot go on. The message is printed as it is, and may be empty."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
