"""Phone numbers as people type them."""

import pytest

from app.core import phones


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+7 (999) 123-45-67", "+79991234567"),
        ("8 999 123 45 67", "+79991234567"),
        ("00963 944 123 456", "+963944123456"),
        ("٠٠٩٦٣٩٤٤١٢٣٤٥٦", "+963944123456"),
        ("+۹۶۳ ۹۴۴ ۱۲۳ ۴۵۶", "+963944123456"),
        ("+963944", None),
        ("112", None),
        ("900", None),
        ("8 809 123 45 67", None),
        ("+1 900 555 0123", None),
        ("+1-555-FLOWERS", None),
        ("", None),
        ("+", None),
        ("+7 999 123 45 67\n+7 999 765 43 21", None),
        ("9" * 5_000, None),
    ],
)
@pytest.mark.proves("contact-003")
def test_a_number_is_stored_as_it_is_called_or_refused(typed: str, number: str | None) -> None:
    assert phones.find(typed) == number
