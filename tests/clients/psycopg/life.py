# An application's life by psycopg 3 and psycopg2, on the server that libpq's environment names.
import json
import psycopg, psycopg2, psycopg2.extras
from psycopg.rows import dict_row
from psycopg.types import TypeInfo
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.enum import EnumInfo, register_enum
from psycopg.types.hstore import register_hstore
from psycopg.types.json import Jsonb
from psycopg.types.range import RangeInfo
from psycopg.types.multirange import MultirangeInfo


def refused(code, live):
    try:
        live()
    except psycopg.Error as e:
        assert e.sqlstate == code, e
        return
    except psycopg2.Error as e:
        assert e.pgcode == code, e
        return
    raise AssertionError(f"expected {code}, but it passed")


def types():
    with psycopg.connect() as c:
        register_composite(CompositeInfo.fetch(c, "address"), c)
        register_enum(EnumInfo.fetch(c, "order_status"), c)
        register_hstore(TypeInfo.fetch(c, "hstore"), c)
        TypeInfo.fetch(c, "citext").register(c)
        assert RangeInfo.fetch(c, "daterange") and MultirangeInfo.fetch(c, "datemultirange")
        row = c.execute("SELECT ROW('High Street', 'Oslo')::address, 'new'::order_status, 'a=>1'::hstore, ARRAY['x']::citext[]").fetchone()
        assert row[0].city == "Oslo" and row[2] == {"a": "1"}, row


def rows():
    with psycopg.connect(row_factory=dict_row, options="-c search_path=public -c statement_timeout=20000 -c TimeZone=UTC", application_name="shop") as c:
        ann = c.execute("INSERT INTO customer (name, email, tags, settings) VALUES (%s, %s, %s, %s) RETURNING *", ["Ann", "ann@psycopg.example", ["a"], Jsonb({"news": True})]).fetchone()
        c.execute("UPDATE customer SET discount = %(d)s WHERE id = %(id)s", {"d": 5, "id": ann["id"]})
        with c.cursor() as cursor:
            cursor.executemany("INSERT INTO product (title, price) VALUES (%s, %s)", [(f"bulk {n}", n) for n in range(20)])
            cursor.executemany("UPDATE product SET stock = %s WHERE id = %s RETURNING id", [(5, 1), (6, 2)], returning=True)
        c.execute("INSERT INTO customer (name, email) VALUES ('Anna', %s) ON CONFLICT (email) DO UPDATE SET name = excluded.name", ["ann@psycopg.example"])
        assert len(c.execute("SELECT * FROM product WHERE id = ANY(%s)", [[1, 2]]).fetchall()) == 2


def transactions():
    with psycopg.connect() as c:
        c.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        c.read_only = True
        c.deferrable = True
        with c.transaction():
            c.execute("SELECT count(*) FROM product")
    with psycopg.connect() as c, c.transaction():
        c.execute("SELECT id FROM job WHERE done_at IS NULL FOR UPDATE SKIP LOCKED LIMIT 1")
        c.execute("SELECT pg_advisory_xact_lock(%s)", [42])
        try:
            with c.transaction("inner"):
                c.execute("SELECT 1 / 0")
        except psycopg.errors.DivisionByZero:
            pass
    for client in [psycopg, psycopg2]:
        c = client.connect("")
        refused("LP310", lambda: (c.tpc_begin(c.xid(1, "shop", "x")), c.cursor().execute("SELECT 1"), c.tpc_prepare()))
        c.close()


def copies():
    with psycopg.connect() as c, c.cursor() as cursor:
        with cursor.copy("COPY product (title, price) FROM STDIN") as copy:
            copy.write_row(("copied", 1))
        with cursor.copy("COPY (SELECT title FROM product WHERE price > %s) TO STDOUT (FORMAT binary)", [1]) as copy:
            assert list(copy)


def pipelines():
    with psycopg.connect() as c, c.pipeline():
        seen = [c.execute("SELECT %s::int", [n], prepare=n % 2 == 0) for n in range(10)]
        assert sum(cursor.fetchone()[0] for cursor in seen) == 45


def cursors():
    with psycopg.connect() as c:
        with c.cursor("named", scrollable=True, withhold=True) as cursor:
            cursor.execute("SELECT n FROM generate_series(1, 100) n")
            cursor.fetchmany(5)
            cursor.scroll(-2)
            assert len(cursor.fetchall()) == 97
        with c.cursor() as cursor:
            assert sum(1 for _ in cursor.stream("SELECT n FROM generate_series(1, 100) n")) == 100


def listen():
    with psycopg.connect(autocommit=True) as c:
        c.execute("LISTEN shop")
        with psycopg.connect(autocommit=True) as other:
            other.execute("SELECT pg_notify('shop', 'hello')")
        assert next(c.notifies()).payload == "hello"


def psycopg2_():
    c = psycopg2.connect("application_name=shop options='-c statement_timeout=20000'")
    c.set_client_encoding("UTF8")
    c.set_session(isolation_level="REPEATABLE READ", readonly=False, deferrable=False)
    psycopg2.extras.register_hstore(c)
    psycopg2.extras.register_composite("address", c)
    cursor = c.cursor(cursor_factory=psycopg2.extras.DictCursor)
    cursor.execute("SELECT ROW('High Street', 'Oslo')::address AS home, 'a=>1'::hstore AS h")
    assert cursor.fetchone()["home"].city == "Oslo"
    psycopg2.extras.execute_values(cursor, "INSERT INTO product (title, price) VALUES %s RETURNING id", [("x", 1), ("y", 2)], fetch=True)
    psycopg2.extras.execute_batch(cursor, "UPDATE product SET stock = %s WHERE id = %s", [(1, 1), (2, 2)])
    with c.cursor("named") as named:
        named.execute("SELECT n FROM generate_series(1, 100) n")
        assert len(named.fetchall()) == 100
    c.commit()
    c.autocommit = True
    cursor.execute("SET TIME ZONE 'Europe/Oslo'")
    c.reset()
    c.close()


def by_design():
    with psycopg.connect(autocommit=True) as c:
        refused("LP301", lambda: c.execute("CREATE TEMP TABLE t (id int)"))
        refused("42501", lambda: c.execute("SET ROLE postgres"))
        refused("LP310", lambda: c.execute("COPY product TO '/tmp/products'"))


for case in [types, rows, transactions, copies, pipelines, cursors, listen, psycopg2_, by_design]:
    case()
    print(json.dumps({"case": case.__name__.rstrip("_").replace("_", " ")}), flush=True)
