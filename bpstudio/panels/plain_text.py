"""Text from files shown as it is: no tag in a name may become a picture, a link or a colour."""

import html


def plain_tip(text: str) -> str:
    """``text`` for a tooltip, which takes what looks like HTML for HTML."""
    if "<" not in text and "&" not in text:
        return text
    return f"<qt>{html.escape(text, quote=False).replace(chr(10), '<br>')}</qt>"


def plain_caption(text: str) -> str:
    """``text`` for a menu entry or a button, where & marks the next letter as its key."""
    return text.replace("&", "&&")
