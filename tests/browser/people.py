"""Invented people of the walks."""

from tests.browser.steps.account import Entry

MOTHER = Entry(
    who="This is me",
    first_ar="هدى",
    father_ar="كريم",
    family_ar="النموذج",
    mother_ar="سعاد",
    first_latin="HUDA",
    family_latin="ALNAMOUZAJ",
    names_ru=("Худа", "Карим", "Ан-Намузадж"),
    sex="Female",
    birth=("14", "3", "1988"),
    national_number="٠٤٠١٢٣٤٥٦٧٨",
)
CHILD = Entry(
    who="My child",
    first_ar="تالا",
    father_ar="ياسر",
    family_ar="العينة",
    mother_ar="هدى",
    first_latin="TALA",
    family_latin="ALAYYINA",
    sex="Female",
    birth=("", "", "2019"),
)
