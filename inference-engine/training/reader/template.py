"""The prompt format of the model: special tokens, roles, memory lines, and the Jinja template put in the file.

A conversation is a list of messages. The memory message comes before the user's question and holds one
recalled memory a line, oldest first: ``[5 March 2023] Mara: I moved to Oslo.``. Assistant text starts
with a space, so that an answer copied from a memory has the very tokens it has there.
"""

from __future__ import annotations

from dataclasses import dataclass

START = "<|im_start|>"
END = "<|im_end|>"
PAD = "<|endoftext|>"
ROLES = ("system", "memory", "user", "assistant", "tool")
SPECIALS = (PAD, START, END) + tuple(f"<|reserved_{i}|>" for i in range(13))
REFUSAL = "I have no memory of that."

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|im_start|>' + message.role + '\n' -}}"
    "{%- if message.role == 'assistant' -%}{{- ' ' -}}{%- endif -%}"
    "{{- message.content | trim -}}"
    "{{- '<|im_end|>\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}"
)


@dataclass(frozen=True)
class Message:
    """One message; ``learn`` says that the loss is on its text, ``source`` which line of the memories it is copied from."""

    role: str
    content: str
    learn: bool = False
    source: int = -1


PIECES = 3


def render(messages: list[Message], generation_prompt: bool = False) -> list[tuple[str, bool]]:
    """``PIECES`` pieces of prompt text a message, each with a flag: True where the model is to produce the text."""
    pieces: list[tuple[str, bool]] = []
    for message in messages:
        if message.role not in ROLES:
            raise ValueError(f"unknown role {message.role!r}; known are {', '.join(ROLES)}")
        space = " " if message.role == "assistant" else ""
        pieces.append((f"{START}{message.role}\n", False))
        pieces.append((f"{space}{message.content.strip()}{END}", message.learn))
        pieces.append(("\n", False))
    if generation_prompt:
        pieces.append((f"{START}assistant\n", False))
    return pieces


def render_text(messages: list[Message], generation_prompt: bool = False) -> str:
    """The whole prompt as one string, as the Jinja template gives it."""
    return "".join(text for text, _ in render(messages, generation_prompt))
