"""The official account's menu as the platform takes it."""

from typing import Any

from commerce.rules import Rules


def payload(rules: Rules) -> dict[str, Any]:
    """Every entry is a click: it is answered, and it opens the window for a picture after it."""
    return {
        "button": [
            {
                "name": column.name,
                "sub_button": [
                    {"type": "click", "name": entry.name, "key": entry.key}
                    for entry in column.entries
                ],
            }
            for column in rules.menu
        ]
    }
