// Overview: what came in, how that has changed, and where it came from.

import { addressOf } from "../api.js";
import { lineChart } from "../charts/line.js";
import { h } from "../dom.js";
import { count, money, named, shortMoney, signedPercent, wholeMoney, words } from "../format.js";
import { emptyRange, emptyStore, section, tabs, tile } from "../parts.js";
import { bars } from "../tables.js";
import { comparedSeries, salesOf } from "../view.js";

/** The sections of the page. */
export function show(view) {
  if (view.isEmpty) return [emptyStore(view)];
  const sales = () => salesOf(view);
  return [
    section(view, "At a glance", sales, (all) => tiles(view, all), { wide: true, bare: true }),
    section(view, "Revenue", sales, (all, tools) => revenue(view, all, tools), { wide: true }),
    section(view, "Top products", sales, (all, tools) => topProducts(view, all, tools)),
    section(view, "Where it came from", sales, (all, tools) => breakdowns(view, all, tools)),
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

/**
 * The revenue over time, and what it is compared with once that is there too. `marked` promises labels of buckets that
 * were unusual.
 */
export function revenue(view, sales, tools, marked = Promise.resolve([])) {
  if (sales.total_transactions === "0" && sales.returns === "0") return emptyRange(view);
  const place = h("div", {});
  const draw = (earlier, unusual) => {
    tools.replaceChildren();
    place.replaceChildren(...revenueChart(view, sales, earlier, unusual, tools));
  };
  draw(null, []);
  // Without them the chart is what it was.
  const optional = (promise) => promise.catch(() => undefined);
  Promise.all([optional(comparedSeries(view, sales)), optional(marked)]).then(([earlier, unusual = []]) => {
    const more = earlier || sales.series.some((point) => unusual.includes(point.label));
    if (!more || view.signal.aborted) return;
    const focused = place.contains(document.activeElement);
    draw(earlier, unusual);
    if (focused) place.querySelector(".plot").focus({ preventScroll: true });
  });
  return place;
}

function revenueChart(view, { series, currency }, earlier, unusual, tools) {
  const lines = [{ name: "Revenue", colour: "accent", fill: true, values: series.map((point) => point.revenue) }];
  if (earlier) {
    const values = series.map((_, index) => earlier[index]?.revenue ?? null);
    lines.push({ name: "Before", colour: "compared", dash: true, values, labels: earlier.map((point) => point.label) });
  }
  if (series.some((point) => unusual.includes(point.label))) {
    const values = series.map((point) => (unusual.includes(point.label) ? point.revenue : null));
    lines.push({ name: "Unusual", colour: "warm", points: true, values });
  }
  return lineChart(
    "Revenue",
    {
      labels: series.map((point) => point.label),
      lines,
      format: (value) => money(value, currency),
      short: (value) => shortMoney(value, currency),
      href: addressOf("/api/v1/analytics/sales", { ...view.query, granularity: view.granularity, format: "csv" }),
    },
    tools,
  );
}

function topProducts(view, sales, tools) {
  if (sales.top_selling_products.length === 0) return emptyRange(view);
  const row = (product) => ({
    name: named(product.product_name),
    value: product.total_revenue,
    label: money(product.total_revenue, sales.currency),
    note: `${count(product.total_quantity)} sold`,
    exact: product.total_quantity,
  });
  const rows = sales.top_selling_products.slice(0, 8).map(row);
  return bars("Top products", rows, ["Product", "Revenue", "Units"], tools);
}

/** Revenue by region, channel and category, in tabs. */
export function breakdowns(view, sales, tools) {
  const panel = (name, sums) => ({
    name,
    title: words(name),
    fill: () => breakdown(view, name, sums, sales.currency, tools),
  });
  return tabs("Revenue by", [
    panel("region", sales.revenue_by_region),
    panel("channel", sales.revenue_by_channel),
    panel("category", sales.revenue_by_category),
  ]);
}

/** Revenue by the names of one kind, most first. */
function breakdown(view, name, sums, currency, tools) {
  tools.replaceChildren();
  const entries = Object.entries(sums).sort((a, b) => Number(b[1]) - Number(a[1]));
  if (entries.length === 0) return emptyRange(view);
  // Shares are for reading only; the amounts stay texts.
  const whole = entries.reduce((sum, [, value]) => sum + Math.max(0, Number(value)), 0);
  const share = (value) => (whole === 0 ? "" : `${((Number(value) / whole) * 100).toFixed(1)}%`);
  const row = ([of, value]) => ({ name: named(of), value, label: money(value, currency), note: share(value) });
  const shown = bars(`Revenue by ${name}`, entries.map(row), [words(name), "Revenue", "Share"], tools);
  return h("div", { class: "scroll-bars", tabindex: "0", role: "group", "aria-label": `Revenue by ${name}` }, shown);
}
