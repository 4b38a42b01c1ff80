"""Counts again what is fitted and can be counted: RFM segments, cohorts, flows, acquisition, churn, ABC and XYZ, pairs,
unusual days.

Called by `oracle.py` with its table `lines`; in USD and UTC. Methods are those of SQL and of the text in `api/docs/models.md`;
it shares none with the service.
"""

from collections import Counter
from datetime import date, timedelta
from statistics import median

# Rows: recency 5 to 1; columns: the mean of frequency and money, rounded up at one half.
SEGMENTS = {
    5: ["new_customers", "potential_loyalists", "potential_loyalists", "champions", "champions"],
    4: ["promising", "potential_loyalists", "potential_loyalists", "loyal", "loyal"],
    3: ["about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"],
    2: ["hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"],
    1: ["hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"],
}
LABELS = {
    "month": "strftime(day, '%Y-%m')",
    "week": "strftime(date_trunc('week', day), '%Y-%m-%d')",
    "quarter": "strftime(day, '%Y-Q') || quarter(day)",
    "year": "strftime(day, '%Y')",
}
NUMBERS = {
    "month": "(year(day) * 12 + month(day))",
    "week": "((epoch(day)::BIGINT // 86400 + 3) // 7)",
    "quarter": "(year(day) * 4 + quarter(day))",
    "year": "year(day)",
}
DAY = 86_400


def recount(store):
    store.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE dated AS
        SELECT *, second // {DAY} AS day_number, make_date((second // {DAY})::INTEGER) AS day,
            CASE WHEN refund THEN -line_net ELSE line_net END AS signed
        FROM lines WHERE currency = 'USD';
        CREATE OR REPLACE TEMP TABLE people AS
        SELECT customer_id, max(second) FILTER (NOT refund) AS last_sale, min(day) FILTER (NOT refund) AS first_day,
            count(DISTINCT order_id) FILTER (NOT refund) AS orders, sum(signed)::BIGINT AS net
        FROM dated WHERE customer_id <> '' GROUP BY 1 HAVING orders > 0
        """
    )
    last = store.execute("SELECT max(day_number) FROM dated").fetchone()[0]
    return {
        "segments": segments(store),
        "cohorts": {grain: cohorts(store, grain) for grain in LABELS},
        "flows": {grain: flows(store, grain) for grain in LABELS},
        "acquisition": dict(store.execute(f"SELECT {LABELS['month']}, count(*) FROM (SELECT first_day AS day FROM people) GROUP BY 1").fetchall()),
        "churned": store.execute(f"SELECT count(*) FROM people WHERE ? - last_sale // {DAY} > 180", [last]).fetchone()[0],
        "at_risk": store.execute(
            f"SELECT customer_id, orders, net FROM people WHERE orders > 1 AND ? - last_sale // {DAY} > 180 ORDER BY net DESC LIMIT 1000",
            [last],
        ).fetchall(),
        "survival": survival(store, last),
        "classes": classes(store),
        "together": together(store),
        "unusual": unusual(store),
    }


def segments(store, people="people"):
    """{name: [customers, net]} by ranks: equal values have equal scores."""
    scored = store.execute(
        f"""
        SELECT 5 - 5 * (rank() OVER (ORDER BY last_sale DESC) - 1) // count(*) OVER () AS recency,
            1 + 5 * (rank() OVER (ORDER BY orders) - 1) // count(*) OVER () AS frequency,
            1 + 5 * (rank() OVER (ORDER BY net) - 1) // count(*) OVER () AS money, net
        FROM {people}
        """
    ).fetchall()
    found = {}
    for recency, frequency, money, net in scored:
        own = found.setdefault(SEGMENTS[recency][(frequency + money + 1) // 2 - 1], [0, 0])
        own[0] += 1
        own[1] += net
    return found


def cohorts(store, grain):
    """{label of the first period: customers active 0, 1, 2, … periods later}."""
    number, label = NUMBERS[grain], LABELS[grain]
    last = store.execute(f"SELECT max({number}) FROM dated").fetchone()[0]
    rows = store.execute(
        f"""
        WITH active AS (SELECT DISTINCT customer_id, {number} AS period FROM dated WHERE NOT refund AND customer_id <> ''),
        first AS (SELECT customer_id, {number} AS start, {label} AS label FROM (SELECT customer_id, first_day AS day FROM people))
        SELECT label, start, period - start AS later, count(*) FROM active JOIN first USING (customer_id) GROUP BY ALL
        """
    ).fetchall()
    table = {}
    for label, start, later, customers in rows:
        table.setdefault(label, [0] * (last - start + 1))[later] = customers
    return table


def flows(store, grain):
    """{label of the period: [active, new, kept, reactivated, paused]}, of periods with a sale."""
    periods = {}
    for customer, number, label in store.execute(
        f"SELECT DISTINCT customer_id, {NUMBERS[grain]}, {LABELS[grain]} FROM dated WHERE NOT refund AND customer_id <> ''"
    ).fetchall():
        periods.setdefault(number, (label, set()))[1].add(customer)
    table, known, before = {}, set(), set()
    for number in sorted(periods):
        label, active = periods[number]
        if number - 1 not in periods:
            before = set()
        kept = active & before
        table[label] = [len(active), len(active - known), len(kept), len((active & known) - kept), len(before - active)]
        known |= active
        before = active
    return table


def survival(store, last):
    """[day, share that lasts longer] by Kaplan and Meier: a spell ends with a sale that no other follows in 180 days."""
    spells, own, previous = [], None, None
    for customer, day in store.execute(
        "SELECT DISTINCT customer_id, day_number FROM dated WHERE NOT refund AND customer_id <> '' ORDER BY 1, 2"
    ).fetchall() + [(None, None)]:
        if own is not None and (customer != own or day - previous > 180):
            gone = customer == own or last - previous > 180
            spells.append((previous - start if gone else last - start, gone))
            own = None
        if own is None:
            own, start = customer, day
        previous = day
    seen, ended = Counter(time for time, _ in spells), Counter(time for time, gone in spells if gone)
    at_risk, share, curve = len(spells), 1.0, []
    for time in sorted(seen):
        if ended[time]:
            share *= 1 - ended[time] / at_risk
            curve.append([time, share])
        at_risk -= seen[time]
    return curve


def together(store):
    """Orders with a sale, and of each pair among the first thousand [product, product, shared, with one, with the other]."""
    store.execute("CREATE OR REPLACE TEMP TABLE baskets AS SELECT DISTINCT order_id, product_id FROM dated WHERE NOT refund")
    pairs = store.execute(
        """
        WITH single AS (SELECT product_id, count(*) AS orders FROM baskets GROUP BY 1),
            pair AS (SELECT a.product_id AS one, b.product_id AS other, count(*) AS shared
                FROM baskets a JOIN baskets b ON a.order_id = b.order_id AND a.product_id < b.product_id
                GROUP BY 1, 2 HAVING shared >= 2 QUALIFY rank() OVER (ORDER BY shared DESC) <= 1000)
        SELECT one, other, shared, s.orders, t.orders
        FROM pair JOIN single s ON s.product_id = one JOIN single t ON t.product_id = other
        """
    ).fetchall()
    return {"orders": store.execute("SELECT count(DISTINCT order_id) FROM baskets").fetchone()[0], "pairs": pairs}


def classes(store):
    """{product: [ABC, XYZ, net]} in whole numbers: shares and variances are compared, not computed. ABC of the last twelve months;
    XYZ of the last twelve whose last day is seen, from the first one on whose first day is not before the product's first sale.
    """
    number = NUMBERS["month"]
    rows = store.execute(
        f"""
        WITH months AS (SELECT product_id, {number} AS month, sum(signed)::HUGEINT AS net,
                coalesce(sum(quantity) FILTER (NOT refund), 0)::HUGEINT AS units FROM dated GROUP BY ALL),
            beyond AS (SELECT year(next) * 12 + month(next) AS month FROM (SELECT max(day) + 1 AS next FROM dated)),
            launched AS (SELECT product_id, min(day) FILTER (NOT refund) AS day FROM dated GROUP BY 1),
            whole AS (SELECT product_id, greatest(beyond.month - 12,
                    coalesce(year(day) * 12 + month(day) + (day(day) > 1)::BIGINT, 0)) AS start, beyond.month AS stop
                FROM launched, beyond),
            recent AS (SELECT *, month > (SELECT max(month) FROM months) - 12 AS counts,
                month >= start AND month < stop AS steady FROM months JOIN whole USING (product_id)),
            sums AS (SELECT product_id, coalesce(sum(net) FILTER (counts), 0) AS net,
                coalesce(sum(units) FILTER (steady), 0) AS units, coalesce(sum(units * units) FILTER (steady), 0) AS squares,
                any_value(stop - start) AS whole_months
                FROM recent GROUP BY 1)
        SELECT product_id, net::BIGINT, units::BIGINT, squares::BIGINT, whole_months::BIGINT,
            (sum(greatest(net, 0)) OVER (ORDER BY net DESC RANGE UNBOUNDED PRECEDING)
             - sum(greatest(net, 0)) OVER (PARTITION BY net))::BIGINT AS before,
            (sum(greatest(net, 0)) OVER ())::BIGINT AS total
        FROM sums
        """
    ).fetchall()
    table = {}
    for product, net, units, squares, months, before, total in rows:
        share = before * 100
        abc = "C" if net <= 0 or share >= total * 95 else "B" if share >= total * 80 else "A"
        # The square of the coefficient of variation over n months is n (n Σx² − S²) / ((n − 1) S²).
        above, below = months * (months * squares - units * units), (months - 1) * units * units
        xyz = "Z" if units == 0 or months < 2 or above > below else "Y" if above * 4 > below else "X"
        table[product] = [abc, xyz, net]
    return table


def unusual(store):
    """[day, expected] of days outside the interval: medians of the same weekdays before, in cents."""
    nets = dict(store.execute("SELECT day_number, sum(signed)::BIGINT FROM dated GROUP BY 1").fetchall())
    first, last = min(nets), max(nets)
    values = [nets.get(day, 0) / 100 for day in range(first, last + 1)]
    # The 99.5 % quantile of the normal distribution; its standard deviation over its median absolute deviation.
    reach, spread_of = 2.5758293035489004, 1.482602218505602
    errors, found = [], []
    for at in range(14, len(values)):
        same = [values[at - 7 * back] for back in range(1, 9) if at >= 7 * back]
        window = min(56, at - 7)
        changes = [values[then] - values[then - 7] for then in range(at - window, at)]
        expected = median(same) + (len(same) + 1) / 2 * median(changes)
        error = values[at] - expected
        if at >= 21 and abs(error) > reach * spread_of * sorted(errors)[len(errors) // 2]:
            found.append([(date(1970, 1, 1) + timedelta(days=first + at)).isoformat(), round(expected, 2)])
        errors.append(abs(error))
    return found
