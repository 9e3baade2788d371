"""What a citizen does before filing: sign in by a code, enter people."""

from dataclasses import dataclass

from tests.browser.reader import Reader, code_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A person as somebody types them in; everybody here is invented."""

    who: str
    first_ar: str
    father_ar: str
    family_ar: str
    mother_ar: str
    first_latin: str
    family_latin: str
    names_ru: tuple[str, str, str] = ("", "", "")
    sex: str
    birth: tuple[str, str, str]
    national_number: str = ""

    def called(self, language: str) -> str:
        """Return the given name as pages in a language write it."""
        return self.first_ar if language == "ar" else self.first_latin


def ask_code(reader: Reader, address: str) -> str:
    """Ask for a sign-in code on the page that is open; return it from the real message."""
    with reader.awaits_mail(address) as arrived:
        reader.fill("E-mail address or mobile phone", address)
        reader.press("Send me a code")
        reader.sees_heading("Enter the code")
        reader.reads_text(address)
    return code_in(arrived[-1])


def enter_code(reader: Reader, code: str) -> None:
    """Give the code on the page that is open."""
    reader.fill("Code of six digits", code)
    reader.press("Sign in")


def sign_in(reader: Reader, address: str) -> None:
    """Sign in by a code that comes by mail; the first time makes the account."""
    reader.open("/account/sign-in")
    enter_code(reader, ask_code(reader, address))
    reader.reads("You are signed in.")


def add_person(reader: Reader, person: Entry) -> None:
    """Enter a person from the list of people."""
    reader.open("/account/people")
    reader.press("Add a person")
    reader.sees_heading("Add a person")
    fill_in_person(reader, person)
    reader.press("Save", context="action")


def fill_in_person(reader: Reader, person: Entry) -> None:
    """Fill in the form for a person."""
    reader.choose("Who is this?", person.who)
    fill_in_names(reader, person)


def fill_in_names(reader: Reader, person: Entry) -> None:
    """Fill in who somebody is."""
    reader.fill("First name", person.first_ar)
    reader.fill("Father's name", person.father_ar)
    reader.fill("Family name", person.family_ar)
    reader.fill("Mother's first name", person.mother_ar)
    reader.fill("First name in Latin letters", person.first_latin)
    reader.fill("Family name in Latin letters", person.family_latin)
    first, father, family = person.names_ru
    reader.fill("First name in Russian", first)
    reader.fill("Father's name in Russian", father)
    reader.fill("Family name in Russian", family)
    reader.choose("Sex", person.sex, context="field", option_context="sex")
    reader.fill_date(reader.group(reader.say("Date of birth")), *person.birth)
    reader.fill("National number", person.national_number)
