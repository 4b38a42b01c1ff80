#!/usr/bin/env python3
"""Answers a question about order lines with DuckDB and exact integers, as the outside witness for our own reports.

    echo '{"start_date": "2014-01-01", "end_date": "2017-12-31"}' | tests/data/oracle.py orders.csv[.gz] [more.csv …]

The question (JSON on stdin; a list of questions gives a list of answers, and the files are read once):
  start_date, end_date   both inclusive; or start, end: seconds since 1970, half-open
  tz                     IANA zone of the dates and buckets (UTC)
  regions, channels, categories, products   lists of values to keep
  currency               USD
  granularity            hour|day|week|month|quarter|year; or buckets: [[start, end], …] in seconds
  limit, sort            of top products: 10, revenue|quantity|orders
  previous               [start, end] in seconds: the period to compare customers with (the same length just before)
  cohort_months          [[start, end], …] in seconds
  fitted                 true: counts again what `eap-api fit` finds, see recount.py; of all lines, in UTC and USD
Amounts in the answer are integer minor units. Keys are named as in the API's measures. It shares no code and no
method with the API: it recounts the lines.
"""

import json
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import duckdb

sys.dont_write_bytecode = True  # nothing appears beside the sources
from recount import recount, segments  # noqa: E402

# Minor units other than two decimals, as far as tests use them.
DECIMALS = {"JPY": 0, "KRW": 0, "CLP": 0, "BHD": 3, "KWD": 3, "TND": 3}
OPTIONAL = {"discount": "0", "currency": "USD", "refund": "false"}

MEASURES = """
    coalesce(sum(quantity) FILTER (NOT refund), 0)::BIGINT AS units_sold,
    coalesce(sum(quantity) FILTER (refund), 0)::BIGINT AS units_returned,
    coalesce(sum(line_gross) FILTER (NOT refund), 0)::BIGINT AS gross,
    coalesce(sum(line_gross - line_net) FILTER (NOT refund), 0)::BIGINT AS discounts,
    coalesce(sum(line_net) FILTER (refund), 0)::BIGINT AS returns,
    (gross - discounts - returns)::BIGINT AS net,
    count(DISTINCT order_id) FILTER (NOT refund) AS orders
"""


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    store = load(sys.argv[1:])
    question = json.load(sys.stdin)
    several = isinstance(question, list)
    answers = [answer(store, one) for one in (question if several else [question])]
    json.dump(answers if several else answers[0], sys.stdout, ensure_ascii=False)
    print()


def load(files):
    """A table `lines` with everything an integer: amounts in minor units, instants in seconds."""
    store = duckdb.connect()
    store.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    source = "read_csv(?, header = true, all_varchar = true, union_by_name = true, quote = '\"', escape = '\"')"
    columns = {row[0] for row in store.execute(f"DESCRIBE SELECT * FROM {source}", [files]).fetchall()}
    optional = {
        name: f"coalesce(nullif({name}, ''), '{value}')" if name in columns else f"'{value}'"
        for name, value in OPTIONAL.items()
    }
    decimals = " ".join(f"WHEN '{code}' THEN {places}" for code, places in DECIMALS.items())
    store.execute(
        f"""
        CREATE TABLE lines AS
        WITH text AS (
            -- DuckDB reads an empty field as NULL.
            SELECT order_id, line::BIGINT AS line, coalesce(customer_id, '') AS customer_id, coalesce(product_id, '') AS product_id,
                coalesce(product_name, '') AS name, coalesce(category, '') AS category, coalesce(region, '') AS region,
                coalesce(channel, '') AS channel, {optional['currency']} AS currency,
                quantity::BIGINT AS signed_quantity, {optional['refund']} IN ('true', '1') OR quantity::BIGINT < 0 AS refund,
                (unit_price::DECIMAL(18, 4) * 10000)::HUGEINT AS price,
                ({optional['discount']}::DECIMAL(18, 4) * 10000)::HUGEINT AS discount,
                epoch(ordered_at::TIMESTAMPTZ)::BIGINT AS second
            FROM {source}
        ), exact AS (
            SELECT *, abs(signed_quantity) AS quantity, (10 ** CASE currency {decimals} ELSE 2 END)::HUGEINT AS minor
            FROM text
        )
        SELECT * EXCLUDE (signed_quantity, price, discount, minor),
            ((price * quantity * minor + 5000) // 10000)::BIGINT AS line_gross,
            (((price * quantity - discount) * minor + 5000) // 10000)::BIGINT AS line_net
        FROM exact
        """,
        [files],
    )
    twice = store.execute("SELECT order_id, line FROM lines GROUP BY ALL HAVING count(*) > 1 LIMIT 1").fetchone()
    if twice:
        sys.exit(f"order {twice[0]} has line {twice[1]} twice: the oracle takes what is stored in the end, not edits")
    return store


def answer(store, question):
    zone = ZoneInfo(question.get("tz", "UTC"))
    start, end = span_of(question, zone)
    currency = question.get("currency", "USD")
    select_lines(store, question, currency)
    return {
        "start": start,
        "end": end,
        "sales": sales(store, question, zone, start, end),
        "other_currencies": other_currencies(store, question, currency, start, end),
        "products": products(store, start, end),
        "customers": customers(store, question, start, end),
        "fitted": recount(store) if question.get("fitted") else None,
    }


def span_of(question, zone):
    if "start" in question:
        return question["start"], question["end"]
    first, last = (date.fromisoformat(question[name]) for name in ("start_date", "end_date"))
    return midnight(first, zone), midnight(last + timedelta(days=1), zone)


def midnight(day: date, zone) -> int:
    """First instant of the day; where a clock change skips midnight, the instant of the change."""
    wall = datetime(day.year, day.month, day.day)
    guess = int(wall.replace(tzinfo=zone).timestamp())
    if datetime.fromtimestamp(guess, zone).replace(tzinfo=None) == wall:
        return guess
    low, high = guess - 86_400, guess + 86_400
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if datetime.fromtimestamp(middle, zone).date() >= day else (middle, high)
    return high


def select_lines(store, question, currency):
    """Views: `kept` are the lines of the currency that pass the filters; `kept_all` those of every currency."""
    conditions, values = ["true"], []
    for key, column in (
        ("regions", "region"),
        ("channels", "channel"),
        ("categories", "category"),
        ("products", "product_id"),
    ):
        if question.get(key):
            conditions.append(f"list_contains(?::VARCHAR[], {column})")
            values.append(question[key])
    where = " AND ".join(conditions)
    # Tables: a view cannot hold parameters.
    store.execute(f"CREATE OR REPLACE TEMP TABLE kept_all AS SELECT * FROM lines WHERE {where}", values)
    store.execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM kept_all WHERE currency = ?", [currency])


def sales(store, question, zone, start, end):
    within = [start, end]
    order = {"revenue": "net", "quantity": "units_sold - units_returned", "orders": "orders"}[question.get("sort", "revenue")]
    buckets = question.get("buckets") or series_buckets(question.get("granularity"), zone, start, end)
    return {
        "totals": measures(store, within),
        "customers": distinct_customers(store, start, end),
        **{
            f"by_{column}": {
                row.pop(column): row
                for row in rows(store, f"SELECT {column}, {MEASURES} FROM kept WHERE second >= ? AND second < ? GROUP BY 1", within)
            }
            for column in ("region", "channel", "category")
        },
        "top_products": rows(
            store,
            f"{PRODUCT_SUMS} ORDER BY {order} DESC, encode(product_id) LIMIT {int(question.get('limit', 10))}",
            within,
        ),
        "series": series(store, buckets),
        "buckets": buckets,
    }


PRODUCT_SUMS = f"""
    SELECT product_id, {MEASURES} FROM kept WHERE second >= ? AND second < ? GROUP BY product_id
"""


def series(store, buckets):
    """Measures of each bucket, zeros included, in one pass however many there are."""
    if not buckets:
        return []
    store.execute("CREATE OR REPLACE TEMP TABLE bucket (number BIGINT, first BIGINT, after BIGINT)")
    values = ", ".join(f"({number}, {int(first)}, {int(after)})" for number, (first, after) in enumerate(buckets))
    store.execute(f"INSERT INTO bucket VALUES {values}")
    found = {
        row.pop("number"): row
        for row in rows(
            store,
            f"SELECT number, {MEASURES} FROM kept JOIN bucket ON second >= first AND second < after GROUP BY number",
        )
    }
    nothing = measures(store, [0, 0])
    return [found.get(number, nothing) for number in range(len(buckets))]


def series_buckets(granularity, zone, start, end):
    """Calendar buckets of the zone, cut to the range. Weeks begin on Monday."""
    if granularity is None:
        return []
    if granularity == "hour":
        # Every instant at which a clock in the zone shows a full hour; offsets are multiples of a quarter.
        quarters = range(start - start % 900, end, 900)
        edges = [at for at in quarters if at > start and datetime.fromtimestamp(at, zone).minute == 0]
    else:
        day, edges = datetime.fromtimestamp(start, zone).date(), []
        last = datetime.fromtimestamp(end, zone).date()
        while day <= last:
            day += timedelta(days=1)
            if begins(granularity, day) and start < (at := midnight(day, zone)) < end:
                edges.append(at)
    edges = [start, *edges, end]
    return [[first, after] for first, after in zip(edges, edges[1:])]


def begins(granularity: str, day: date) -> bool:
    return {
        "day": True,
        "week": day.weekday() == 0,
        "month": day.day == 1,
        "quarter": day.day == 1 and day.month % 3 == 1,
        "year": day.day == 1 and day.month == 1,
    }[granularity]


def other_currencies(store, question, currency, start, end):
    found = rows(
        store,
        f"SELECT currency, {MEASURES} FROM kept_all WHERE currency <> ? AND second >= ? AND second < ? GROUP BY 1",
        [currency, start, end],
    )
    return {row.pop("currency"): row for row in found}


def products(store, start, end):
    """Every product with a line in the range, best net first. Names and categories are those of the latest line of all. ABC by the
    share of net revenue of those before it, which is compared in whole numbers.
    """
    return rows(
        store,
        f"""
        SELECT sums.*, latest.name, latest.category,
            sum(greatest(net, 0)) OVER best - greatest(net, 0) AS before, sum(greatest(net, 0)) OVER () AS total,
            CASE WHEN net <= 0 OR before * 100 >= total * 95 THEN 'C' WHEN before * 100 >= total * 80 THEN 'B' ELSE 'A' END AS abc
        FROM ({PRODUCT_SUMS}) AS sums JOIN (
            SELECT product_id, arg_max(name, (second, order_id, line)) AS name, arg_max(category, (second, order_id, line)) AS category
            FROM lines GROUP BY product_id
        ) AS latest USING (product_id)
        WINDOW best AS (ORDER BY net DESC, encode(product_id) ROWS UNBOUNDED PRECEDING)
        ORDER BY net DESC, encode(product_id)
        """,
        [start, end],
    )


def customers(store, question, start, end):
    before, until = question.get("previous") or (start - (end - start), start)
    store.execute(
        """
        CREATE OR REPLACE TEMP TABLE history AS
        SELECT customer_id, min(second) FILTER (NOT refund) AS first_sale, max(second) FILTER (NOT refund) AS last_sale,
            count(DISTINCT order_id) FILTER (NOT refund) AS orders,
            sum(CASE WHEN refund THEN -line_net ELSE line_net END)::BIGINT AS net
        FROM kept WHERE second < ? AND customer_id <> '' GROUP BY customer_id
        """,
        [end],
    )
    total, new, lifetime = store.execute(
        """
        SELECT count(first_sale), count(*) FILTER (first_sale >= ?), coalesce(sum(net), 0)::BIGINT FROM history
        """,
        [start],
    ).fetchone()
    retained = store.execute(
        """
        SELECT count(*) FROM (
            SELECT customer_id FROM kept WHERE NOT refund AND customer_id <> '' AND second >= ? AND second < ?
            INTERSECT
            SELECT customer_id FROM kept WHERE NOT refund AND customer_id <> '' AND second >= ? AND second < ?)
        """,
        [before, until, start, end],
    ).fetchone()[0]
    return {
        "total": total,
        "active": distinct_customers(store, start, end),
        "new": new,
        "previous": distinct_customers(store, before, until),
        "retained": retained,
        "lifetime_net": lifetime,
        "top": top_customers(store, question, start, end),
        "rfm": rfm(store),
        "segments": segments(store, "(FROM history WHERE first_sale IS NOT NULL)"),
        "cohorts": cohorts(store, question.get("cohort_months") or []),
    }


def top_customers(store, question, start, end):
    return rows(
        store,
        f"""
        SELECT range.*, history.net AS lifetime_net
        FROM (SELECT customer_id, {MEASURES} FROM kept
            WHERE customer_id <> '' AND second >= ? AND second < ? GROUP BY customer_id) AS range
        JOIN history USING (customer_id)
        ORDER BY range.net DESC, encode(customer_id) LIMIT {int(question.get('limit', 10))}
        """,
        [start, end],
    )


def rfm(store):
    """What RFM scores are made of, added up so that a million customers fit a line: counts and order-free checksums."""
    (row,) = rows(
        store,
        """
        SELECT count(*) AS customers, coalesce(sum(last_sale), 0)::BIGINT AS last_sale, coalesce(sum(orders), 0)::BIGINT AS orders,
            coalesce(sum(net), 0)::BIGINT AS net, coalesce(sum(orders * orders), 0)::BIGINT AS orders_squared,
            coalesce(sum(orders * (last_sale % 86400)), 0)::BIGINT AS orders_by_last_second,
            coalesce(sum(net % 1000 * orders), 0)::BIGINT AS net_by_orders
        FROM history WHERE first_sale IS NOT NULL
        """,
    )
    return row


def cohorts(store, months):
    """`[i][j]`: customers whose first sale lies in month i and who have a sale in month i + j."""
    table = []
    for index, (first, after) in enumerate(months):
        table.append(
            [
                store.execute(
                    """
                    SELECT count(DISTINCT customer_id) FROM kept JOIN history USING (customer_id)
                    WHERE NOT refund AND first_sale >= ? AND first_sale < ? AND second >= ? AND second < ?
                    """,
                    [first, after, *later],
                ).fetchone()[0]
                for later in months[index:]
            ]
        )
    return table


def distinct_customers(store, start, end):
    return store.execute(
        "SELECT count(DISTINCT customer_id) FROM kept WHERE NOT refund AND customer_id <> '' AND second >= ? AND second < ?",
        [start, end],
    ).fetchone()[0]


def measures(store, within):
    return rows(store, f"SELECT {MEASURES} FROM kept WHERE second >= ? AND second < ?", within)[0]


def rows(store, query, parameters=None):
    result = store.execute(query, parameters or [])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row)) for row in result.fetchall()]


if __name__ == "__main__":
    main()
