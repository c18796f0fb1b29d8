"""Compares two pieces of HTML as trees: attribute order, white space and entity spelling do not matter."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        shown = sorted(
            (key, " ".join(sorted((value or "").split())) if key == "class" else (value or "")) for key, value in attrs
        )
        self.lines.append("  " * self.depth + f"<{tag} {shown}>")
        self.depth += tag not in VOID

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if words := " ".join(data.split()):
            self.lines.append("  " * self.depth + words)


def tree(html: str) -> list[str]:
    """One line an element or text, indented by depth."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.lines
