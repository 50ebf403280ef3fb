# An application's life by Django, on the server that libpq's environment names. `life.py migrate` makes the tables of Django's own applications: it is run at the server, as the administrator.
import json, os, sys
import django
from django.conf import settings

env = os.environ
settings.configure(
    SECRET_KEY="of the tests", USE_TZ=True, TIME_ZONE="Europe/Oslo", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", ROOT_URLCONF=__name__, PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.postgres", "shop"],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}},
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": env["PGHOST"], "PORT": env["PGPORT"], "USER": env["PGUSER"], "PASSWORD": env["PGPASSWORD"], "NAME": env["PGDATABASE"],
                           "CONN_MAX_AGE": 60, "OPTIONS": {"options": "-c statement_timeout=20000 -c search_path=public", "application_name": "shop"}}})
django.setup()

from django.contrib.auth import authenticate
from django.contrib.auth.models import Permission, User
from django.contrib.postgres.aggregates import ArrayAgg, JSONBAgg, StringAgg
from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, SearchVector, TrigramSimilarity
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Avg, Case, Count, Exists, F, Max, OuterRef, Prefetch, Q, Subquery, Sum, TextField, Value, When, Window
from django.db.models.functions import Coalesce, Concat, ExtractYear, Greatest, Lower, Now, RowNumber, TruncMonth
from django.utils import timezone
from shop.models import Customer, Job, Product, Purchase

if sys.argv[1:] == ["migrate"]:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    sys.exit()


def connect():
    # Django sends set_config('TimeZone', ...) when its zone is not the server's; contrib.postgres looks for the types hstore and citext.
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone() == ("UTC",)
    assert connection.is_usable()


def rows():
    ann = Customer.objects.create(name="Ann", email="ann@django.example", tags=["a", "b"], settings={"news": True}, attributes={"a": "1"})
    ann.discount = F("discount") + 5
    ann.save()
    ann.refresh_from_db()
    assert ann.discount == 5 and Customer.objects.get(email="ANN@django.example").attributes == {"a": "1"}
    Customer.objects.get_or_create(email="bob@django.example", defaults={"name": "Bob"})
    Customer.objects.update_or_create(email="bob@django.example", defaults={"name": "Robert"})
    Product.objects.bulk_create([Product(title=f"bulk {n}", price=n) for n in range(20)], batch_size=7, ignore_conflicts=True)
    some = list(Product.objects.filter(title__startswith="bulk")[:3])
    for product in some:
        product.stock = 9
    Product.objects.bulk_update(some, ["stock"])
    assert Product.objects.filter(title__icontains="BULK 1").delete()[0] == 11
    assert Customer.objects.filter(tags__contains=["a"], settings__news=True, settings__has_key="news", attributes__a="1", tags__len=2).exists()
    assert Customer.objects.in_bulk([ann.pk]) and Customer.objects.filter(name__iregex="^an", created_at__year=timezone.now().year, created_at__date__lte=timezone.now()).count() == 1
    Product.objects.filter(valid__contains=timezone.now().date()).exists()


def relations():
    ann = Customer.objects.get(name="Ann")
    for status in ["new", "paid"]:
        ann.purchases.create(status=status)
    assert [len(c.paid) for c in Customer.objects.prefetch_related(Prefetch("purchases", Purchase.objects.filter(status="paid"), to_attr="paid")).order_by("name")[:5]][0] == 1
    list(Purchase.objects.select_related("customer").filter(Q(customer__name="Ann") | ~Q(status="new")).exclude(note__isnull=False).values_list("customer__name", flat=True).distinct())
    list(Purchase.objects.annotate(month=TruncMonth("placed_at"), year=ExtractYear("placed_at")).values("month").annotate(n=Count("id"), last=Max("placed_at")).order_by("month"))
    list(Customer.objects.annotate(n=Count("purchases", filter=Q(purchases__status="paid")), latest=Subquery(Purchase.objects.filter(customer=OuterRef("pk")).order_by("-id").values("id")[:1]), any=Exists(Purchase.objects.filter(customer=OuterRef("pk")))).filter(n__gt=0))
    list(Product.objects.annotate(place=Window(RowNumber(), order_by=F("price").desc()), size=Case(When(price__gt=100, then=Value("big")), default=Value("small"))))
    Product.objects.aggregate(Sum("stock"), Avg("price"), titles=StringAgg("title", ", "), ids=ArrayAgg("id"), json=JSONBAgg("title"))
    list(Product.objects.order_by("title").values("title").union(Customer.objects.values("name")))
    list(Purchase.objects.annotate(label=Concat(Lower("note"), Value("!"), output_field=TextField()), big=Greatest("customer__discount", 1), known=Coalesce("note", Value("-"), output_field=TextField()), now=Now()))
    list(Customer.objects.dates("created_at", "month")) and list(Customer.objects.datetimes("created_at", "hour"))


def search():
    query = SearchQuery("chair", search_type="websearch", config="english")
    vector = SearchVector("title", weight="A", config="english")
    assert Product.objects.annotate(rank=SearchRank(vector, query), head=SearchHeadline("title", query), s=vector).filter(s=query).order_by("-rank").count() == 2
    list(Product.objects.annotate(near=TrigramSimilarity("title", "chair")).filter(near__gt=0.1, title__trigram_similar="chair"))


def transactions():
    with transaction.atomic():
        job = Job.objects.create(payload={"n": 1})
        Job.objects.select_for_update(skip_locked=True, of=("self",)).filter(done_at=None).first()
        try:
            with transaction.atomic():
                Product.objects.raw("SELECT 1 / 0 AS id")[0]
        except DatabaseError:
            pass
        transaction.on_commit(lambda: None)
        Job.objects.filter(pk=job.pk).update(done_at=Now())
    assert sum(1 for _ in Product.objects.iterator(chunk_size=5)) >= 3
    Product.objects.filter(pk=1).explain()


def users():
    user = User.objects.create_user("ann", "ann@django.example", "secret")
    user.user_permissions.add(Permission.objects.first())
    assert authenticate(username="ann", password="secret").get_all_permissions()
    session = SessionStore()
    session["cart"] = [1, 2]
    session.save()
    assert SessionStore(session.session_key)["cart"] == [1, 2]
    SessionStore.clear_expired()
    cache.set("a", 1, 60)
    assert cache.get("a") == 1 and cache.incr("a") == 2
    cache.delete("a")


def introspection():
    out = open(os.devnull, "w")
    call_command("inspectdb", stdout=out, include_views=True, include_partitions=True)
    call_command("showmigrations", stdout=out)
    call_command("check", database=["default"])
    with connection.cursor() as cursor:
        for table in ["customer", "purchase"]:
            connection.introspection.get_constraints(cursor, table)
            connection.introspection.get_sequences(cursor, table)
        connection.introspection.get_table_list(cursor)


def by_design():
    for run in [lambda cursor: cursor.execute("CREATE TABLE t (id int)"), lambda _: call_command("flush", interactive=False, verbosity=0)]:
        try:
            with connection.cursor() as cursor:
                run(cursor)
        except Exception as e:
            while getattr(e, "pgcode", None) is None:
                e = e.__cause__
            assert e.pgcode == "LP301", e
        else:
            raise AssertionError("expected LP301, but it passed")


urlpatterns = []
for case in [connect, rows, relations, search, transactions, users, introspection, by_design]:
    case()
    print(json.dumps({"case": case.__name__.replace("_", " ")}), flush=True)
