// Overview: what came in, how that has changed, and where it came from.

import { addressOf } from "../api.js";
import { lineChart } from "../charts/line.js";
import { h } from "../dom.js";
import { count, money, named, shortMoney, signedPercent, wholeMoney, words } from "../format.js";
import { bars, emptyRange, emptyStore, section, tabs, tile } from "../parts.js";
import { comparedSeries, salesOf } from "../view.js";

/** The sections of the page. */
export function show(view) {
  if (view.isEmpty) return [emptyStore(view)];
  return [
    section(
      view,
      "At a glance",
      () => salesOf(view),
      (sales) => tiles(view, sales),
      { wide: true, bare: true },
    ),
    section(
      view,
      "Revenue",
      async () => {
        const sales = await salesOf(view);
        return { sales, earlier: await comparedSeries(view, sales) };
      },
      (both, tools) => revenue(view, both, tools),
      { wide: true },
    ),
    section(
      view,
      "Top products",
      () => salesOf(view),
      (sales) => topProducts(view, sales),
    ),
    section(
      view,
      "Where it came from",
      () => salesOf(view),
      (sales) => breakdowns(view, sales),
    ),
  ];
}

/** The figures of the range, each with its change and its course. */
export function tiles(view, sales) {
  const { currency, series, comparison } = sales;
  const change = (name) => {
    if (!comparison) return undefined;
    const { percent } = comparison.change[name];
    return percent === null ? null : signedPercent(percent);
  };
  const average = series.map((point) =>
    point.transactions === "0" ? 0 : Number(point.revenue) / Number(point.transactions),
  );
  const customers = h("span", {});
  view.ask("/api/v1/analytics/customers", { ...view.query, limit: 1, cohorts: 0 }).then(
    (report) => {
      customers.textContent = `${count(report.new_customers)} new, ${count(report.returning_customers)} returning`;
    },
    () => {},
  );
  return [
    h(
      "dl",
      { class: "tiles" },
      tile("Revenue", wholeMoney(sales.total_revenue, currency), {
        change: change("total_revenue"),
        title: money(sales.total_revenue, currency),
        course: series.map((point) => point.revenue),
      }),
      tile("Orders", count(sales.total_transactions), {
        change: change("total_transactions"),
        course: series.map((point) => point.transactions),
      }),
      tile("Customers", count(sales.distinct_customers), { change: change("distinct_customers"), note: customers }),
      tile("Average order", money(sales.avg_transaction_value, currency), {
        change: change("avg_transaction_value"),
        course: average,
      }),
      tile("Returns", wholeMoney(sales.returns, currency), {
        change: change("returns"),
        goodWhen: "down",
        title: money(sales.returns, currency),
      }),
    ),
    otherCurrencies(sales),
  ];
}

function otherCurrencies({ other_currencies: others }) {
  if (others.length === 0) return null;
  const one = (other) => `${money(other.total_revenue, other.currency)} in ${count(other.total_transactions)} orders`;
  return h(
    "p",
    { class: "muted" },
    "In other currencies, and in none of these figures: ",
    others.map(one).join(", "),
    ".",
  );
}

/** The revenue over time beside the range it is compared with. */
export function revenue(view, { sales, earlier, unusual = [] }, tools) {
  if (sales.total_transactions === "0" && sales.returns === "0") return emptyRange(view);
  const { series, currency } = sales;
  const lines = [{ name: "Revenue", colour: "accent", fill: true, values: series.map((point) => point.revenue) }];
  if (earlier) {
    const values = series.map((_, index) => earlier[index]?.revenue ?? null);
    lines.push({ name: "Before", colour: "compared", dash: true, values, labels: earlier.map((point) => point.label) });
  }
  if (series.some((point) => unusual.includes(point.label))) {
    const values = series.map((point) => (unusual.includes(point.label) ? point.revenue : null));
    lines.push({ name: "Unusual", colour: "warm", points: true, values });
  }
  tools.append(
    h(
      "a",
      {
        class: "small button",
        download: "revenue.csv",
        "aria-label": "Save Revenue as CSV",
        href: addressOf("/api/v1/analytics/sales", { ...view.query, granularity: view.granularity, format: "csv" }),
      },
      "CSV",
    ),
  );
  return lineChart(
    "Revenue",
    {
      labels: series.map((point) => point.label),
      lines,
      format: (value) => money(value, currency),
      short: (value) => shortMoney(value, currency),
    },
    tools,
  );
}

function topProducts(view, sales) {
  if (sales.top_selling_products.length === 0) return emptyRange(view);
  const row = (product) => ({
    name: named(product.product_name),
    value: product.total_revenue,
    label: money(product.total_revenue, sales.currency),
    note: `${count(product.total_quantity)} sold`,
  });
  return bars("Top products by revenue", sales.top_selling_products.slice(0, 8).map(row), [
    "Product",
    "Revenue",
    "Units",
  ]);
}

/** Revenue by region, channel and category, in tabs. */
export function breakdowns(view, sales) {
  const panel = (name, sums) => ({
    name,
    title: words(name),
    fill: () => breakdown(view, `Revenue by ${name}`, sums, sales.currency),
  });
  return tabs(view, "Revenue by", [
    panel("region", sales.revenue_by_region),
    panel("channel", sales.revenue_by_channel),
    panel("category", sales.revenue_by_category),
  ]);
}

/** Revenue by the names of one kind, most first. */
function breakdown(view, caption, sums, currency) {
  const entries = Object.entries(sums);
  if (entries.length === 0) return emptyRange(view);
  // Shares are for reading only; the amounts stay texts.
  const whole = entries.reduce((sum, [, value]) => sum + Math.max(0, Number(value)), 0);
  const share = (value) => (whole === 0 ? "" : `${((Number(value) / whole) * 100).toFixed(1)}%`);
  const row = ([name, value]) => ({ name: named(name), value, label: money(value, currency), note: share(value) });
  return bars(
    caption,
    entries
      .sort((a, b) => Number(b[1]) - Number(a[1]))
      .slice(0, 12)
      .map(row),
  );
}
