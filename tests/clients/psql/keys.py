# psql as a person uses it: on a terminal, with tab completion, \watch and \password. Prints the cases that it went through.
import os, pty, select, sys, time

child, terminal = pty.fork()
if child == 0:
    os.environ.update(TERM="dumb", PAGER="cat", PSQL_HISTORY="/dev/null", INPUTRC="/dev/null")
    os.execvp("psql", ["psql", "-X", "-P", "pager=off", "-v", "PROMPT1=ready> ", "-v", "PROMPT2=more> "])
seen = ""


def wait(text, seconds=20):
    global seen
    end = time.monotonic() + seconds
    while text not in seen:
        if time.monotonic() > end or not select.select([terminal], [], [], seconds)[0]:
            sys.exit(f"no {text!r} in {seen!r}")
        seen += os.read(terminal, 65536).decode(errors="replace")
    before, seen = seen.split(text, 1)
    return before


def keys(text):
    os.write(terminal, text.encode())


def settle():
    """Waits until all that was typed has been done: a prompt may be drawn more than once, what psql prints is not."""
    keys("\\echo :mark\n")
    wait("settled")


def complete(start, end):
    """Types a start, asks for its completion, demands it and throws the line away."""
    keys(start + "\t")
    wait(start)
    wait(end)
    keys("\x15")
    settle()


wait("ready> ")
keys("\\set mark settled\n")
wait("settled")
for start, end in [("SELECT * FROM custo", "mer"), ("INSERT INTO purchase_l", "ine"), ("SELECT * FROM product WHERE sto", "ck"), ("\\d sal", "es"), ("\\df tot", "al"), ("\\dT order_s", "tatus"),
                   ("SET statement_t", "imeout"), ("SHOW idle_in", "_transaction"), ("\\sf stam", "p"), ("EXECUTE nam", "ed"), ("NOTIFY sho", "p"), ("\\dx hst", "ore"), ("\\dn publi", "c"), ("\\c postg", "res"),
                   ("\\du postg", "res"), ("UPDATE custo", "mer"), ("COMMENT ON TABLE custo", "mer"), ("\\dF engl", "ish"), ("GRANT SELECT ON custo", "mer"), ("DROP INDEX product_ti", "tle")]:
    if start.startswith("EXECUTE"):
        keys("PREPARE named AS SELECT 1;\n")
        settle()
    if start.startswith("NOTIFY"):
        keys("LISTEN shop;\n")
        settle()
    complete(start, end)
print('{"case": "tab completion"}', flush=True)
keys("SELECT 41 + 1 AS answer \\watch 0.1\n")
for _ in range(3):
    wait("42")
keys("\x03")
wait("ready> ")
print('{"case": "watch"}', flush=True)
keys("\\password\n")
for _ in range(2):
    wait(": ")
    keys("secret\n")
wait("schema changes are not run")
wait("ready> ")
print('{"case": "by design"}', flush=True)
keys("\\q\n")
os.waitpid(child, 0)
