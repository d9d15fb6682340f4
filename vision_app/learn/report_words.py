"""The sentences of a report, in its language, as HTML."""

from __future__ import annotations

from html import escape

from vision_app.messages import told, with_particles


class Words:
    """Says messages in one language.

    >>> from vision_app.messages import Message
    >>> Words("en").around(Message("is {label}"), label="<b>a cup</b>")
    'is <b>a cup</b>'

    Attributes:
        language: its code, as the attribute `lang` has it.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, text: str) -> str:
        """A message, or a text that has no translation, as HTML."""
        return escape(told(text, self.language))

    def around(self, sentence: str, /, **parts: str) -> str:
        """A sentence with parts that are HTML already.

        Args:
            sentence: a message without values: its fields are filled here.
            parts: HTML for each of its fields.
        """
        return with_particles(self(sentence).format_map(parts))


def label_html(text: str, most: int = 80) -> str:
    """Text of a stranger: escaped, and apart from the direction in which its neighbours are written."""
    if len(text) <= most:
        return f"<bdi>{escape(text)}</bdi>"
    return f'<bdi title="{escape(text[:1000])}">{escape(text[: most - 1])}…</bdi>'
