# The tables of tests/clients/shop.sql.
from django.contrib.postgres.fields import ArrayField, CICharField, DateRangeField, HStoreField
from django.db import models
from django.utils import timezone


class Customer(models.Model):
    name = models.TextField()
    email = CICharField(max_length=200, null=True)
    tags = ArrayField(models.TextField(), default=list)
    settings = models.JSONField(default=dict)
    attributes = HStoreField(null=True)
    discount = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        managed, db_table = False, "customer"


class Product(models.Model):
    id = models.AutoField(primary_key=True)
    title = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.IntegerField(default=0)
    valid = DateRangeField(null=True)

    class Meta:
        managed, db_table = False, "product"


class Purchase(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="purchases")
    status = models.TextField(default="new")
    note = models.TextField(null=True)
    placed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        managed, db_table = False, "purchase"


class Job(models.Model):
    id = models.AutoField(primary_key=True)
    payload = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)

    class Meta:
        managed, db_table = False, "job"
