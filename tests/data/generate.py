#!/usr/bin/env python3
"""Writes synthetic order lines as CSV to stdout: any number, always the same for a seed, in the order of time.

    tests/data/generate.py 1000000 --seed 7 > orders.csv

5,000 products of 20 categories with uneven popularity, 10 regions, 3 channels, a customer for every 12 lines who come
back unevenly, 34 months from 2022-01-01, about 2.5 lines to an order, 8 % of lines with a discount, 3 % returns at
their own later instant, 5 % of orders by guests. Among them what breaks programs: names with commas, quotation marks
and other scripts, products renamed half-way, prices of four decimals, orders far from midnight in every zone.
"""

import argparse
import heapq
import random
import sys
from datetime import datetime, timedelta, timezone
from itertools import accumulate

PRODUCTS = 5_000
REGIONS = ["North", "South", "East", "West", "Centre", "Île-de-France", "Zürich", "São Paulo", "東京", "O'Higgins"]
REGION_WEIGHTS = [18, 14, 13, 12, 11, 9, 8, 7, 5, 3]
CHANNELS = ["online", "mobile", "store"]
CHANNEL_WEIGHTS = [55, 30, 15]
CATEGORIES = [f"Category {number:02}" for number in range(1, 20)] + ['Toys, "Games" & Bücher']
FIRST = datetime(2022, 1, 1, tzinfo=timezone.utc)
SECONDS = int((datetime(2024, 11, 1, tzinfo=timezone.utc) - FIRST).total_seconds())
HEADER = (
    "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,discount,ordered_at,region,"
    "channel,currency,refund"
)
LINES_PER_ORDER, LINE_WEIGHTS = [1, 2, 3, 4, 5, 6, 8], [30, 28, 20, 11, 6, 3, 2]
DAY = 86_400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=int, help="how many lines, besides the header")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    try:
        write(arguments.lines, arguments.seed)
    except BrokenPipeError:
        # The reader has seen enough. Python would complain once more while it closes the pipe.
        sys.stderr.close()


def write(lines: int, seed: int) -> None:
    """Streams in parts of some thousand lines, so that memory does not grow with their number."""
    out = sys.stdout.write
    out(HEADER + "\n")
    part = []
    for number, line in enumerate(order_lines(lines, random.Random(seed))):
        part.append(line)
        if number % 5_000 == 4_999:
            out("\n".join(part) + "\n")
            part.clear()
    if part:
        out("\n".join(part) + "\n")


def order_lines(total: int, rng: random.Random):
    """Exactly `total` lines. Returns wait in a heap for their instant."""
    shop = Shop(total, rng)
    pending = []
    emitted, order = 0, 0
    while emitted < total:
        second = SECONDS * emitted // total
        while pending and pending[0][0] <= second and emitted < total:
            yield heapq.heappop(pending)[2]
            emitted += 1
        if emitted == total:
            return
        order += 1
        for line, returned in shop.order(order, second, emitted, total - emitted):
            emitted += 1
            yield line
            if returned:
                heapq.heappush(pending, (returned[0], order, returned[1]))


class Shop:
    """Products, customers and what they order."""

    def __init__(self, total: int, rng: random.Random):
        self.rng = rng
        self.total = total
        self.customers = max(1, total // 12)
        self.known_customers = 0
        self.products = [product(number, rng) for number in range(1, PRODUCTS + 1)]
        # Popularity falls with the rank to the power of 0.8, the tail of a real shop.
        self.popularity = list(accumulate((rank + 3) ** -0.8 for rank in range(PRODUCTS)))
        self.region_weights = list(accumulate(REGION_WEIGHTS))
        self.channel_weights = list(accumulate(CHANNEL_WEIGHTS))
        self.line_weights = list(accumulate(LINE_WEIGHTS))

    def order(self, number: int, second: int, emitted: int, most: int):
        """Yields (line, return or None); a return is (its second, its line)."""
        rng = self.rng
        order_id = f"o{number:09}"
        customer = "" if rng.random() < 0.05 else self.customer(emitted)
        at = instant(second)
        region = rng.choices(REGIONS, cum_weights=self.region_weights)[0]
        channel = rng.choices(CHANNELS, cum_weights=self.channel_weights)[0]
        count = min(most, rng.choices(LINES_PER_ORDER, cum_weights=self.line_weights)[0])
        late = second * 2 > SECONDS
        tail = f"{region},{channel},USD"
        for line, chosen in enumerate(rng.choices(self.products, cum_weights=self.popularity, k=count), 1):
            product_id, names, category, price = chosen
            quantity = 1 + int(rng.random() ** 3 * 6)
            # In ten-thousandths: whole cents most of the time, else something that has to be rounded.
            discount = 0
            if rng.random() < 0.08:
                discount = int(price * quantity * rng.choice((0.05, 0.1, 0.15, 0.25, 0.5)))
                discount -= discount % 100 if rng.random() < 0.7 else 0
            middle = f"{customer},{product_id},{names[late]},{category}"
            money = f"{amount(price)},{amount(discount)}"
            returned = None
            if rng.random() < 0.033:
                # The whole line comes back, at the price that was paid, under a line number of its own.
                later = second + rng.randint(DAY // 24, 45 * DAY)
                returned = (
                    later,
                    f"{order_id},{line + 100},{middle},{quantity},{money},{instant(later)},{tail},true",
                )
            yield f"{order_id},{line},{middle},{quantity},{money},{at},{tail},false", returned

    def customer(self, emitted: int) -> str:
        """New customers come evenly over time; the early ones come back most."""
        if self.known_customers * self.total <= emitted * self.customers:
            self.known_customers += 1
            chosen = self.known_customers
        else:
            chosen = 1 + int(self.known_customers * self.rng.random() ** 1.6)
        return f"c{chosen:08}"


def product(number: int, rng: random.Random):
    """(id, (name, later name), category, price in ten-thousandths), quoted for CSV where needed."""
    name = f"Product {number:04}"
    if number % 50 == 0:
        name += ', 12" größe 特大'
    later = f"{name} (new)" if number % 40 == 0 else name
    price = rng.randint(99, 19_999) * 100 if number % 25 else rng.randint(101, 99_999)
    return f"p{number:05}", (quoted(name), quoted(later)), quoted(rng.choice(CATEGORIES)), price


def quoted(text: str) -> str:
    if '"' in text or "," in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def amount(ten_thousandths: int) -> str:
    whole, rest = divmod(ten_thousandths, 10_000)
    return f"{whole}.{rest // 100:02}" if rest % 100 == 0 else f"{whole}.{rest:04}"


def instant(second: int) -> str:
    return (FIRST + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
