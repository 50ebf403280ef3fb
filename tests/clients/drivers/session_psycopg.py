# psycopg 3 on the server that libpq's environment names. Prints one JSON line for each case; LARGE_BYTES is the size of the large values, 0 for none.
import hashlib, json, logging, os, threading
import psycopg

# It warns of what it ends itself, with ports in it.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)
large = int(os.environ.get("LARGE_BYTES", "0"))


def case(name, run):
    with psycopg.connect(autocommit=True) as connection:
        print(json.dumps({"case": name, "saw": run(connection)}, default=str, sort_keys=True), flush=True)


def error(e):
    return [e.sqlstate, e.diag.message_primary if e.diag else str(e)]


def failure(run):
    try:
        return run()
    except psycopg.Error as e:
        return error(e)


def simple(c):
    cursor = c.execute("SELECT 1 AS a; SELECT 'two' AS b, NULL AS c; ")
    first = cursor.fetchall()
    cursor.nextset()
    empty = c.execute("").statusmessage
    return [first, cursor.fetchall(), cursor.description[0].name, cursor.statusmessage, empty, failure(lambda: c.execute("SELEC"))]


def extended(c):
    values = [1, "text é", b"\x00\xff", None, [1, 2, None], 1.5, True]
    row = c.execute("SELECT %s::int, %s::text, %s::bytea, %s::int, %s::int[], %s::float8, %s::bool", values).fetchone()
    return [repr(row), failure(lambda: c.execute("SELECT 1 / %s::int", [0]))]


def prepared(c):
    seen = [c.execute("SELECT %s::int + 1", [n], prepare=True).fetchone()[0] for n in range(4)]
    return [seen, c.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0], failure(lambda: c.execute("SELECT %s::int / 0", [1], prepare=True))]


def pipeline(c):
    with c.pipeline() as p:
        cursors = [c.execute("SELECT %s::int * 2", [n]) for n in range(20)]
        p.sync()
        c.execute("INSERT INTO smoke VALUES (501, 'in a pipeline')")
        count = c.execute("SELECT count(*) FROM smoke WHERE id = 501")
        return [[cursor.fetchone()[0] for cursor in cursors], count.fetchone()[0]]


def pipeline_error(c):
    def run():
        with c.pipeline():
            c.execute("INSERT INTO smoke VALUES (601, 'undone')")
            c.execute("SELECT 1 / 0")
            c.execute("INSERT INTO smoke VALUES (602, 'skipped')")
        return "no error"
    return [failure(run), c.execute("SELECT count(*) FROM smoke WHERE id IN (601, 602)").fetchone()[0]]


def copy_in(c):
    with c.cursor() as cursor:
        with cursor.copy("COPY smoke (id, body) FROM STDIN") as copy:
            for n in range(1000):
                copy.write_row((n + 1000, f"row {n}"))
        with cursor.copy("COPY smoke (id, body) FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "text"])
            copy.write_row((3000, "binary"))
        return [cursor.execute("SELECT count(*), min(body), max(body) FROM smoke WHERE id BETWEEN 1000 AND 3000").fetchone()]


def copy_out(c):
    with c.cursor() as cursor:
        with cursor.copy("COPY (SELECT n, 'row ' || n FROM generate_series(1, 1000) n) TO STDOUT") as copy:
            text = b"".join(copy)
        with cursor.copy("COPY (SELECT 1, 'x'::text) TO STDOUT (FORMAT binary)") as copy:
            binary = b"".join(copy)
    return [len(text), hashlib.sha256(text).hexdigest(), binary.hex()]


def copy_fail(c):
    def broken():
        with c.cursor() as cursor, cursor.copy("COPY smoke (id, body) FROM STDIN") as copy:
            copy.write_row((4000, "never"))
            raise ValueError("the client gives up")
    try:
        broken()
        said = "no error"
    except (ValueError, psycopg.Error) as e:
        said = str(e)

    def malformed():
        with c.cursor() as cursor, cursor.copy("COPY smoke (id, body) FROM STDIN") as copy:
            copy.write("not a number\tx\n")
    return [said, failure(malformed), c.execute("SELECT count(*) FROM smoke WHERE id = 4000").fetchone()[0]]


def notify(c):
    c.execute("LISTEN smoke")
    with psycopg.connect(autocommit=True) as other:
        other.execute("NOTIFY smoke, 'from another'")
        other.execute("SELECT pg_notify('smoke', %s)", ["computed"])
    seen = []
    for event in c.notifies():
        seen.append([event.channel, event.payload])
        if len(seen) == 2:
            break
    c.execute("UNLISTEN smoke")
    return seen


def cancel(c):
    over = threading.Event()

    def insist():
        while not over.wait(0.2):
            c.cancel()

    thread = threading.Thread(target=insist)
    thread.start()
    seen = failure(lambda: c.execute("SELECT pg_sleep(30)").fetchone())
    over.set()
    thread.join()
    # A cancel that was under way when the query ended may hit the next statement.
    failure(lambda: c.execute("SELECT 1"))
    return [seen, c.execute("SELECT 2").fetchone()[0]]


def large_objects(c):
    oid = c.execute("SELECT lo_from_bytea(0, %s)", [bytes(range(256)) * 64]).fetchone()[0]
    c.execute("SELECT lo_put(%s::oid, 3, %s)", [oid, b"written"])
    got = c.execute("SELECT lo_get(%s::oid)", [oid]).fetchone()[0]
    with c.transaction():
        handle = c.execute("SELECT lo_open(%s::oid, 393216)", [oid]).fetchone()[0]
        read = c.execute("SELECT loread(%s, 12)", [handle]).fetchone()[0]
        wrote = c.execute("SELECT lowrite(%s, %s)", [handle, b"more"]).fetchone()[0]
        c.execute("SELECT lo_close(%s)", [handle])
    unlinked = c.execute("SELECT lo_unlink(%s::oid)", [oid]).fetchone()[0]
    return [len(got), hashlib.sha256(got).hexdigest(), read.hex(), wrote, unlinked, failure(lambda: c.execute("SELECT lo_get(1::oid)"))]


def notices(c):
    seen = []
    c.add_notice_handler(lambda d: seen.append([d.severity, d.sqlstate, d.message_primary]))
    c.execute("ROLLBACK")
    c.execute("SELECT smoke_notice('one'), smoke_notice(%s)", ["two"])
    return seen


def binary(c):
    row = c.cursor(binary=True).execute("SELECT 1::int, 2::int8, 'x'::text, '\\x00ff'::bytea, 1.25::numeric, '{1,2}'::int[], true, '2026-01-02'::date, '{\"a\": 1}'::jsonb").fetchone()
    return repr(row)


def cursors(c):
    with c.transaction():
        with c.cursor(name="rows") as cursor:
            cursor.execute("SELECT n FROM generate_series(1, 100) n")
            return [cursor.fetchmany(3), cursor.fetchone(), len(cursor.fetchall())]


def transactions(c):
    with c.transaction():
        c.execute("INSERT INTO smoke VALUES (701, 'kept')")
        inner = failure(lambda: savepoint(c))
        status = c.info.transaction_status.name
    return [inner, status, c.info.transaction_status.name, c.execute("SELECT id FROM smoke WHERE id IN (701, 702)").fetchall(), failure(lambda: aborted(c))]


def savepoint(c):
    with c.transaction():
        c.execute("INSERT INTO smoke VALUES (702, 'undone')")
        c.execute("SELECT 1 / 0")


def aborted(c):
    c.execute("BEGIN")
    seen = [failure(lambda: c.execute("SELECT 1 / 0")), failure(lambda: c.execute("SELECT 1"))]
    c.execute("ROLLBACK")
    return seen


def status(c):
    names = ["server_version", "server_encoding", "client_encoding", "DateStyle", "TimeZone", "integer_datetimes", "standard_conforming_strings", "session_authorization"]
    first = [c.info.parameter_status(n) for n in names]
    c.execute("SET TimeZone = 'Asia/Tokyo'")
    return [first, c.info.parameter_status("TimeZone"), c.info.server_version]


def large_bind(c):
    value = "x" * large
    return c.execute("SELECT length(%s::text), md5(%s::text)", [value, "small"]).fetchone()


def large_copy(c):
    with c.cursor() as cursor:
        with cursor.copy("COPY smoke (id, body) FROM STDIN") as copy:
            copy.write("800\t")
            for _ in range(16):
                copy.write("y" * (large // 16))
            copy.write("\n")
        stored = cursor.execute("SELECT length(body) FROM smoke WHERE id = 800").fetchone()[0]
        with cursor.copy("COPY (SELECT body FROM smoke WHERE id = 800) TO STDOUT") as copy:
            read = sum(len(part) for part in copy)
        cursor.execute("DELETE FROM smoke WHERE id = 800")
    return [stored, read]


def large_result(c):
    value = c.execute("SELECT repeat('z', %s)", [large]).fetchone()[0]
    return [len(value), value.count("z")]


with psycopg.connect(autocommit=True) as connection:
    connection.execute("DELETE FROM smoke")
for name in ["simple", "extended", "prepared", "pipeline", "pipeline_error", "copy_in", "copy_out", "copy_fail", "notify", "cancel", "large_objects", "notices", "binary", "cursors",
             "transactions", "status"] + (["large_bind", "large_copy", "large_result"] if large else []):
    case(name, globals()[name])
