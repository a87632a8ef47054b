"""One table of hostile strings: whoever sends spans, or names a file, chooses them."""

from typing import Final

MEGABYTE: Final = 1 << 20

NAMES: Final = {
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "hyperlink": "\x1b]8;;http://evil.test\x1b\\click\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "cursor": "\x1b[2J\x1b[1;1Hgone",
    "device": "\x1bP+q544e\x1b\\\x1b[c\x1b[6n",
    "c1": "\x9b31mred\x9d0;title\x9c\x85next\x90q\x9c",
    "backspace": "safe\b\b\b\bevil\r\x7f",
    "lines": "first\nsecond\r\nthird\x0bfourth\x0cfifth\u2028sixth\u2029seventh",
    "tabs": "a\tb\t\tc",
    "nul": "nul\x00nul",
    "rich markup": "[bold red]x[/] [link=http://evil.test]y[/link] [/no] :smile: {0} %s $x",
    "html": "<script>alert('x')</script><img src=x onerror=alert(1)>&lt;&#60;",
    "markdown": "|x|`y`|**z**|[a](http://evil.test)|![b](http://evil.test)|~~c~~|@team #1",
    "markdown lines": "x\n\n# heading\n| a |\n|---|\n```\ncode\n```\n<!-- comment",
    "bare link": "https://evil.test/x www.evil.test mailto:a@evil.test",
    "formula": "=cmd|' /C calc'!A0",
    "sum": "@SUM(1+1)*cmd|'x'!A0",
    "shell": "$(touch owned); `touch owned` && touch 'owned' | rm -rf ~ \"x\" \\",
    "quotes": '"quo\'te\\" \\u0041 \\n \\',
    "surrogate": "half \ud800 half \udfff",
    "bidi": "safe\u202egpj.exe\u202c\u2066a\u2069\u200f",
    "invisible": "pay\u200bment\u2060\ufeff\u00ad\u3164\u2800\U000e0041",
    "marks": "z" + "\u0301\u0489\u0336" * 60,
    "wide": "日本語サービス" * 12,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪❤️👍🏽 1️⃣",
    "blank": " \u00a0\u2003\u3000 ",
    "empty": "",
    "dashes": "--help",
    "path": "../../../etc/passwd",
    "template": "{{7*7}}${7*7}<%= 7 %>#{7}%(x)s%n",
    "megabyte": "head" + "m" * MEGABYTE + "tail",
}
"""What harm each does where it is written as it came."""

SURROGATES: Final = ("surrogate",)
"""Those that UTF-8 cannot hold: they come from JSON that names halves of characters."""
