"""What is done for several at once, for others, and by the capital; as `scenes` for one request."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.appointments import queries as seats
from app.appointments import together as visits
from app.cases import changing
from app.cases.appeals import services as appeals
from app.cases.consignments import packing, travelling
from app.cases.consignments import queries as consignments
from app.cases.consignments.models import Consignment
from app.cases.consignments.rules import Result
from app.cases.consignments.travelling import Found
from app.cases.family import queries as together
from app.cases.family import services as families
from app.cases.mandates import principals
from app.cases.mandates import queries as authorities
from app.cases.mandates import services as mandates
from app.cases.mandates.rules import MandateState
from app.cases.mandates.services import Terms
from app.demo.story import scenes, sharing
from app.demo.story.papers import Wanted
from app.demo.story.plots import Turn, Verb
from app.demo.story.scenes import Scene
from app.documents import services as documents
from app.payments.services import charging, taking

LOOK_AHEAD = timedelta(days=21)
APPEAL = {
    "ar": "صدر القرار بأن المستند يُستخرج من مكان الإقامة، لكن الجهة هناك تطلبه من البعثة.",
    "ru": "В отказе сказано, что документ выдают по месту жительства, но там требуют его отсюда.",
}
LACKING = "صورة دفتر العائلة القديم غير مقروءة، ويرجى إرسال نسخة واضحة."
"""What the capital says of the papers that it sends back."""


def carry_out(scene: Scene, turn: Turn) -> None:
    """Have a turn happen at the present moment, for each request where each has its own."""
    if turn.verb in _ONCE:
        _ONCE[turn.verb](scene, turn)
        return
    for reference in scene.references or ("",):
        scene.reference = reference
        if turn.verb is Verb.ACCEPT:
            _accept_authority(scene)
        scenes.carry_out(scene, turn)
    scene.reference = scene.references[0]


def _send(scene: Scene, turn: Turn) -> None:
    if not scene.plot.family:
        scenes.carry_out(scene, turn)
        return
    household = scene.household
    begun = families.start(
        [household.people[one] for one in scene.plot.family],
        service_code=scene.plot.service,
        account=scene.account,
        actor=scene.citizen,
        language=household.language,
        key=scene.key(),
    )
    for case, person in zip(begun, scene.plot.family, strict=True):
        scenes.fill_in(replace(scene, reference=case.reference, person=person))
    scene.references = [case.reference for case in begun]
    scene.reference = scene.references[0]
    seen = together.seen_of(together.members_of(scene.case(scene.citizen), scene.citizen))
    families.submit(scene.reference, actor=scene.citizen, seen=seen, key=scene.key())


def _empower(scene: Scene, _turn: Turn) -> None:
    """Give the paper for everybody for whom only a paper lets the citizen act."""
    for number in scene.plot.family or (scene.plot.child,):
        if number in scene.household.by_paper:
            _give(scene, number)


def _give(scene: Scene, number: int) -> None:
    person = scene.household.people[number]
    file = scene.cabinet.take(Wanted("mandate", replace(scene, person=number).details))
    terms = Terms(
        number=f"{400 + number}/{scene.today.year}",
        issuer="كاتب بالعدل بدمشق",
        valid_until=scene.today + timedelta(days=360),
        principal="principal@example.net",
        language=scene.household.language,
    )
    mandate = mandates.give(
        person.uid,
        terms,
        documents.keep(file.upload, data_key=person.data_key),
        actor=scene.citizen,
        today=scene.today,
    )
    *_way, uid, token = principals.path_of(mandate).split("/")
    principals.confirm(uid, token)


def _accept_authority(scene: Scene) -> None:
    case = scene.case(scene.officer)
    mandate = authorities.find_of_case(case)
    if mandate is not None and mandate.state is MandateState.RECEIVED:
        mandates.accept(mandate.uid, case, actor=scene.officer, seen=case.version)


def book(scene: Scene, turn: Turn, day: date) -> None:
    """Take the first seats for all who come, on a day from an hour on or soon after it."""
    case = scene.case(scene.citizen)
    visit = visits.visit_of(case, visits.ready(case, scene.citizen))
    pool = next(one for one in visit.pools if one.site.code == turn.site)
    wish = datetime.combine(day, time.fromisoformat(turn.hour), ZoneInfo(pool.site.zone))
    found = seats.free_starts(pool, visit, day, day + LOOK_AHEAD)
    start = next((one for one in found if one.starts_at >= wish), None)
    if start is None:
        raise LookupError(f"no seat for {scene.plot}")
    booking = visits.hold(case, start.slot_id, actor=scene.citizen)
    visits.confirm(booking.uid, actor=scene.citizen)


def _wish(scene: Scene, _turn: Turn) -> None:
    sharing.wish(scene)


def _pay(scene: Scene, turn: Turn) -> None:
    """Pay in cash, a household all of it at once."""
    if not scene.plot.family:
        scenes.carry_out(scene, turn)
        return
    cashier = scene.staff[scenes.CASHIER]
    members = together.members_of(scene.case(cashier), cashier)
    amounts = [charging.due_of(one)["USD"] for one in members]
    with scenes.at_desk(scene, turn, "USD"):
        taking.take_together(scene.reference, "USD", sum(amounts), actor=cashier, key=scene.key())


def _appeal(scene: Scene, _turn: Turn) -> None:
    words = APPEAL[scene.household.language]
    appeals.file(scene.reference, words, actor=scene.citizen, key=scene.key())


def _pack(scene: Scene, _turn: Turn) -> None:
    packing.put_in(changing.lock(scene.case(scene.officer).id), actor=scene.officer)


def _box_of(scene: Scene) -> Consignment:
    item = consignments.find_last(scene.case(scene.officer).id)
    if item is None:
        raise LookupError(f"no consignment for {scene.plot}")
    return item.consignment


def _seal(scene: Scene, _turn: Turn) -> None:
    box = _box_of(scene)
    mark = consignments.mark_of(consignments.list_items(box.id))
    travelling.seal(box.uid, seal="SY 004711", language="ru", mark=mark, actor=scene.officer)


def _dispatch(scene: Scene, _turn: Turn) -> None:
    box = _box_of(scene)
    travelling.send(
        box.uid,
        on=scene.today,
        courier="Почта дипломатической связи",
        tracking=f"DP-{box.number:05d}",
        actor=scene.officer,
    )


def _arrive(scene: Scene, _turn: Turn) -> None:
    said = "إدارة الأحوال المدنية"
    travelling.receive(_box_of(scene).uid, on=scene.today, reported_by=said, actor=scene.officer)


def _return(scene: Scene, _turn: Turn) -> None:
    box, own = _box_of(scene), scene.case(scene.officer).id
    lacking = Found(result=Result.INCOMPLETE, reason=LACKING)
    found = {
        item.uid: Found(result=Result.PRODUCED) if item.case_id == own else lacking
        for item in consignments.list_items(box.id)
    }
    travelling.note_results(box.uid, found, actor=scene.officer)
    travelling.give_back(box.uid, on=scene.today, actor=scene.officer)


_ONCE: Mapping[Verb, Callable[[Scene, Turn], None]] = {
    Verb.SEND: _send,
    Verb.EMPOWER: _empower,
    Verb.WISH: _wish,
    Verb.PAY: _pay,
    Verb.APPEAL: _appeal,
    Verb.PACK: _pack,
    Verb.SEAL: _seal,
    Verb.DISPATCH: _dispatch,
    Verb.ARRIVE: _arrive,
    Verb.RETURN: _return,
}
"""What happens once, for however many requests; the rest happens to each."""
