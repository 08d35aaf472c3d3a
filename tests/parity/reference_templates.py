"""Renders templates as transformers does, with the date of the tests."""
import datetime

from transformers.utils import chat_template_utils


class FixedDate(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2026, 11, 24)


chat_template_utils.datetime = FixedDate


def render(source, variables):
    """{"text": ...} or {"error": ...}; Python's own failures, such as running out of stack, are errors as well."""
    try:
        return {"text": chat_template_utils._compile_jinja_template(source).render(**variables)}
    except Exception as error:  # whatever the template does
        return {"error": f"{type(error).__name__}: {error}"}
