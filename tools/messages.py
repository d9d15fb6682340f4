"""List the messages of the program that can be translated, and what a catalogue lacks or holds in vain.

python tools/messages.py            what assets/messages/ko.po lacks, ready to be filled in
python tools/messages.py --unused   what is in it and in no source any more
"""

from __future__ import annotations

import argparse
import ast
import re
import string
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from vision_app.messages import catalogue
from vision_app.wordings import IN_A_WINDOW

ROOT = Path(__file__).resolve().parents[1] / "vision_app"
NOT_SAID = {"and", "or"}
"""Words that tell nothing by themselves."""

GRAMMAR = {"s", "es", "has", "it", "was", "article"}
"""Fields that only English grammar needs: a translation may leave them out."""


def errors(trees: dict[Path, ast.Module]) -> set[str]:
    """The names of `VisionError` and all classes made of it."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"VisionError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


@lru_cache(maxsize=2)
def sources(root: Path = ROOT) -> dict[Path, ast.Module]:
    """The syntax trees of all modules."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(root.rglob("*.py"))}


def templates(trees: dict[Path, ast.Module]) -> Iterator[tuple[Path, int, str]]:
    """Each template that is made a message or an error: file, line and text."""
    said = errors(trees) | {"Message", "listed"}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in said:
                place = 1 if node.func.id == "listed" else 0
                text = node.args[place] if len(node.args) > place else None
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield path, node.lineno, text.value


def help_texts() -> Iterator[str]:
    """All texts of the command line's help, and those words of argparse that can be met."""
    from vision_app.cli import build_parser
    from vision_app.engine.options import OPTIONS

    of_options = tuple(
        option.help["en"].replace("%", "%%") for option in OPTIONS
    )  # the table has both languages
    yield from ARGPARSE
    waiting: list[argparse.ArgumentParser] = [build_parser()]
    while waiting:
        parser = waiting.pop()
        yield from filter(None, (parser.description, parser.epilog))
        for group in parser._action_groups:
            yield from filter(None, (group.title, group.description))
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                yield from filter(None, (choice.help for choice in action._choices_actions))
                waiting += action.choices.values()
            elif (
                action.help
                and action.help is not argparse.SUPPRESS
                and not action.help.startswith(of_options)
            ):
                yield action.help


ARGPARSE = (
    "usage: ",
    "positional arguments",
    "options",
    "show this help message and exit",
    "show program's version number and exit",
    "unrecognized arguments: %s",
    "the following arguments are required: %s",
    "one of the arguments %s is required",
    "expected one argument",
    "expected at least one argument",
    "expected at most one argument",
    "expected %s argument",
    "expected %s arguments",
    "not allowed with argument %s",
    "ignored explicit argument %r",
    "invalid choice: %(value)r (choose from %(choices)s)",
    "invalid %(type)s value: %(value)r",
    "ambiguous option: %(option)s could match %(matches)s",
    "argument %(argument_name)s: %(message)s",
)


def card_texts() -> Iterator[tuple[str, str]]:
    """Each sentence of the cards that ship, with the name of its card."""
    from vision_app.cards.card import load_card
    from vision_app.cards.chain import load_chain
    from vision_app.cards.words import sentences, texts_of

    for path in sorted((ROOT.parent / "models").glob("*.json")):
        card = load_chain(path) if path.name.endswith(".chain.json") else load_card(path)
        for text in texts_of(card):
            yield from ((sentence, path.name) for sentence in sentences(text))


def has_words(template: str) -> bool:
    """Whether there is a word in it besides names of fields, commands and units."""
    bare = re.sub(r"%\([a-z_]+\)[sr]|%[sr]|--[a-z-]+|vision-app( [a-z]+)*", " ", template)
    bare = "".join(text for text, *_ in string.Formatter().parse(bare)) if "{" in bare else bare
    return bool(re.search(r"[a-z]{2,}|[A-Z]{7,}", bare.replace("px", "")))


def fields(template: str) -> set[str]:
    """The names of the fields of a template, those of grammar left out."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name} - GRAMMAR


def quoted(text: str) -> str:
    """A text as a gettext file spells it."""
    lines = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").split("\n")
    if len(lines) == 1:
        return f'"{lines[0]}"'
    spelled = [f'"{line}\\n"' for line in lines[:-1]] + ([f'"{lines[-1]}"'] if lines[-1] else [])
    return "\n".join(('""', *spelled))


@lru_cache(maxsize=1)
def wanted() -> dict[str, str]:
    """Each template that a translation is wanted for, with the first place that has it."""
    found: dict[str, str] = {}
    for path, line, text in templates(sources()):
        found.setdefault(text, f"{path.relative_to(ROOT.parent)}:{line}")
    for text in IN_A_WINDOW.values():
        found.setdefault(text, "vision_app/wordings.py")
    for text in help_texts():
        found.setdefault(str(getattr(text, "template", text)), "the help")
    for text, name in card_texts():
        found.setdefault(text, f"models/{name}")
    return {text: place for text, place in found.items() if has_words(text)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--unused", action="store_true")
    known, needed = catalogue("ko"), wanted()
    if parser.parse_args().unused:
        print("\n".join(text for text in known if text not in needed))
        return
    for text, place in needed.items():
        if text not in known:
            print(f'#: {place}\nmsgid {quoted(text)}\nmsgstr ""\n')


if __name__ == "__main__":
    main()
