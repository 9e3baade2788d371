"""Names for invented people: Arabic, Latin as passports write it, Russian."""

from dataclasses import dataclass

from app.accounts.rules import Sex


@dataclass(frozen=True, slots=True)
class Name:
    """One name in three scripts."""

    latin: str
    ar: str
    ru: str


FEMALE = {
    "Layan": Name("Layan", "ليان", "Лаян"),
    "Hala": Name("Hala", "هالة", "Хала"),
    "Rima": Name("Rima", "ريما", "Рима"),
    "Dima": Name("Dima", "ديمة", "Дима"),
    "Nour": Name("Nour", "نور", "Нур"),
    "Sawsan": Name("Sawsan", "سوسن", "Саусан"),
    "Lina": Name("Lina", "لينا", "Лина"),
    "Maya": Name("Maya", "مايا", "Майя"),
    "Abeer": Name("Abeer", "عبير", "Абир"),
    "Ghada": Name("Ghada", "غادة", "Гада"),
    "Batoul": Name("Batoul", "بتول", "Батуль"),
    "Joud": Name("Joud", "جود", "Джуд"),
    "Rahaf": Name("Rahaf", "رهف", "Рахаф"),
    "Fatima": Name("Fatima", "فاطمة", "Фатима"),
    "Hanan": Name("Hanan", "حنان", "Ханан"),
    "Samar": Name("Samar", "سمر", "Самар"),
}
MALE = {
    "Samer": Name("Samer", "سامر", "Самер"),
    "Omar": Name("Omar", "عمر", "Омар"),
    "Khaled": Name("Khaled", "خالد", "Халед"),
    "Bassel": Name("Bassel", "باسل", "Басель"),
    "Tarek": Name("Tarek", "طارق", "Тарек"),
    "Anas": Name("Anas", "أنس", "Анас"),
    "Fadi": Name("Fadi", "فادي", "Фади"),
    "Ghassan": Name("Ghassan", "غسان", "Гассан"),
    "Mazen": Name("Mazen", "مازن", "Мазен"),
    "Nizar": Name("Nizar", "نزار", "Низар"),
    "Karam": Name("Karam", "كرم", "Карам"),
    "Adnan": Name("Adnan", "عدنان", "Аднан"),
    "Hazem": Name("Hazem", "حازم", "Хазем"),
    "Ayham": Name("Ayham", "أيهم", "Айхам"),
    "Munir": Name("Munir", "منير", "Мунир"),
    "Jamil": Name("Jamil", "جميل", "Джамиль"),
    "Yazan": Name("Yazan", "يزن", "Язан"),
    "Qusai": Name("Qusai", "قصي", "Кусай"),
}
FAMILY = {
    "Darwish": Name("Darwish", "درويش", "Дарвиш"),
    "Haddad": Name("Haddad", "حداد", "Хаддад"),
    "Al-Shami": Name("Al-Shami", "الشامي", "Аш-Шами"),
    "Khoury": Name("Khoury", "خوري", "Хури"),
    "Al-Hamwi": Name("Al-Hamwi", "الحموي", "Аль-Хамви"),
    "Sabbagh": Name("Sabbagh", "صباغ", "Саббаг"),
    "Najjar": Name("Najjar", "نجار", "Наджар"),
    "Al-Masri": Name("Al-Masri", "المصري", "Аль-Масри"),
    "Kurdi": Name("Kurdi", "كردي", "Курди"),
    "Barakat": Name("Barakat", "بركات", "Баракат"),
    "Halabi": Name("Halabi", "حلبي", "Халаби"),
    "Ismail": Name("Ismail", "إسماعيل", "Исмаил"),
    "Zeitoun": Name("Zeitoun", "زيتون", "Зейтун"),
    "Qabbani": Name("Qabbani", "قباني", "Каббани"),
    "Shahin": Name("Shahin", "شاهين", "Шахин"),
    "Al-Ahmad": Name("Al-Ahmad", "الأحمد", "Аль-Ахмад"),
}
PLACES = ("دمشق", "حلب", "حمص", "حماة", "اللاذقية", "طرطوس", "السويداء", "دير الزور", "إدلب")


def find_first(latin: str) -> tuple[Name, Sex]:
    """Return a first name and whose it is."""
    if latin in FEMALE:
        return FEMALE[latin], Sex.FEMALE
    return MALE[latin], Sex.MALE
