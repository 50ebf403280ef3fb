# psycopg 3 as a migrator on the server that libpq's environment names: prints what became of each schema change.
import json
import psycopg

saw = []


def run(connection, sql, **how):
    try:
        saw.append(connection.execute(sql, **how).statusmessage)
    except psycopg.Error as e:
        saw.append(e.sqlstate)


with psycopg.connect(autocommit=True) as c:
    run(c, "CREATE TABLE driver (id int)")
    run(c, "ALTER TABLE driver ADD COLUMN a text", binary=True)
    run(c, "ALTER TABLE driver ADD COLUMN never text", prepare=True)
    run(c, "DROP TABLE driver")
    run(c, "SELECT 1; CREATE TABLE never (id int)")
    with c.cursor() as cursor:
        try:
            with c.pipeline():
                cursor.execute("SELECT 1")
                cursor.execute("CREATE TABLE never (id int)")
        except psycopg.Error as e:
            saw.append(e.sqlstate)
with psycopg.connect() as c:
    run(c, "CREATE TABLE never (id int)")
    c.rollback()
print(json.dumps(saw))
