r"""Takes off a line what a terminal would not show: colour, cursor moves, all but the last `\r` frame.

    b"\x1b[31mFAILED\x1b[0m"           ->  b"FAILED"
    b" 10 %\r 50 %\r100 % done\r"      ->  b"100 % done"
"""

from __future__ import annotations

from headroom_cli.text.regex import Bulk

__all__ = ["clean_line", "clean_window"]

# CSI, OSC and APC (title, hyperlink, a runner's clock), charset and single-character escapes: ECMA-48
_ESCAPE = Bulk(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]_][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()][0-9A-B]|[@-Z\\^_=>])")
_OLD_FRAMES = Bulk(rb"(?m)^[^\n]*\r(?=[^\r\n])")
_TRAILING_RETURN = Bulk(rb"(?m)\r+$")


def clean_window(window: bytes) -> bytes:
    """`window` with every line as a terminal would show it; the number of lines stays."""
    if b"\x1b" in window:
        window = _ESCAPE.sub(b"", window)
    if b"\r" in window:
        window = _TRAILING_RETURN.sub(b"", window)
        if b"\r" in window:
            window = _OLD_FRAMES.sub(b"", window)
    return window


def clean_line(line: bytes) -> bytes:
    """One line without its newline, as a terminal would show it: what `clean_window` makes of it."""
    if b"\x1b" in line or b"\r" in line:
        return clean_window(line)
    return line
