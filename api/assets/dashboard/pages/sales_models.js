// What sales are expected to be, and which days and products were not as expected.

import { lineChart } from "../charts/line.js";
import { plusDays } from "../dates.js";
import { h } from "../dom.js";
import { bucket, count, days, hundredths, money, named, percent, shortCount, shortMoney, words } from "../format.js";
import { ANOMALIES, modelSection, MOST_ROWS, PRODUCT_ANOMALIES, wholePercent } from "../models.js";
import { tabs } from "../parts.js";
import { numbers, table } from "../tables.js";

/** Days of the past that the service judges. */
const JUDGED_DAYS = 730;

/** What is to come; absent where the service has no such model. */
export function expected(view) {
  const granularity = view.granularity === "hour" ? "day" : view.granularity;
  return modelSection(view, "What to expect", "/api/v1/analytics/sales/forecast", { granularity }, forecast, {
    wide: true,
    note: "of all orders, whatever is filtered",
  });
}

/** What was not as expected. */
export function unusual(view) {
  const asked = { limit: MOST_ROWS };
  const ofProducts = view.context.reports.includes(PRODUCT_ANOMALIES) ? PRODUCT_ANOMALIES : ANOMALIES;
  return [
    modelSection(view, "Unusual days", ANOMALIES, asked, (answer, tools) => unusualDays(view, answer, tools), {
      wide: true,
      note: "of all orders, in this range, outside of what was to be expected",
    }),
    modelSection(view, "Unusual products", ofProducts, asked, (answer, tools) => unusualProducts(view, answer, tools), {
      wide: true,
      note: "weeks in this range, by units",
    }),
  ];
}

/** Days to mark, where the chart shows days; a model without figures marks none. */
export async function markedDays(view) {
  if (view.granularity !== "day" || !view.context.reports.includes(ANOMALIES)) return [];
  const { anomalies = [] } = await view.ask(ANOMALIES, { limit: MOST_ROWS });
  return anomalies.filter((one) => one.kind !== "product").map((one) => one.label);
}

function forecast(answer, tools) {
  const amount = (value) => money(value, answer.currency);
  const short = (value) => shortMoney(value, answer.currency);
  const panel = (name, title, format, brief) => ({
    name: `expected-${name}`,
    title,
    fill: () => forecastChart(answer, name, title, format, brief, tools),
  });
  return [
    tabs("What is expected", [
      panel("revenue", "Revenue", amount, short),
      panel("orders", "Orders", (value) => count(value), shortCount),
    ]),
    answer.backtest && tested(answer.backtest, answer.level),
  ];
}

function forecastChart({ points, history, level, granularity }, name, title, format, short, tools) {
  tools.replaceChildren();
  const labels = [...history, ...points].map((point) => point.label);
  const past = history.map((point) => point[name]);
  const ahead = (end) => [...past.map(() => null), ...points.map((point) => point[name][end])];
  const lines = [
    { name: title, colour: "accent", values: past, partial: true },
    { name: "Expected", colour: "accent", dash: true, values: ahead("mean"), partial: true },
    { name: "at most", colour: "compared", thin: true, values: ahead("high"), partial: true },
    { name: "at least", colour: "compared", thin: true, values: ahead("low"), partial: true },
  ];
  const sum = points.reduce((all, point) => all + Number(point[name].mean), 0);
  const words = `${format(sum.toFixed(2))} expected in the next ${points.length} ${granularity}s; the band is to hold ${wholePercent(level)} of them.`;
  return [
    h("p", { class: "muted" }, words),
    ...lineChart(`${title} to expect`, { labels, lines, band: [2, 3], format, short }, tools),
  ];
}

/** How well it would have done on days that it had not seen. */
function tested({ smape, mase, coverage, baseline_smape: baseline }, level) {
  const parts = [
    `error ${percent(smape)} (sMAPE)`,
    `the season before, repeated: ${percent(baseline)}`,
    mase && `MASE ${hundredths(mase)}`,
    coverage && `${wholePercent(coverage)} within the band${level ? ` of ${wholePercent(level)}` : ""}`,
  ];
  return h(
    "p",
    { class: "muted small-print" },
    `Revenue tried on a part it had not seen: ${parts.filter(Boolean).join(" · ")}`,
  );
}

const inRange =
  ({ range }, other) =>
  (row) =>
    row.kind !== other && row.label >= range.first && row.label <= range.last;

/** What of the range has been judged, in words; the service looks so far back, and gives so many rows. */
function judged(view, answer) {
  const { anomalies, first_day: first, last_day: last } = answer;
  const seen = anomalies.length < MOST_ROWS ? "" : anomalies[anomalies.length - 1].label;
  const since = answer.first_judged ?? [first, plusDays(last, 1 - JUDGED_DAYS)].sort().at(-1);
  const until = answer.last_judged ?? last;
  const from = [since, seen, view.range.first].sort().at(-1);
  const to = view.range.last < until ? view.range.last : until;
  return from > to ? null : days(from, to);
}

function unusualDays(view, answer, tools) {
  const span = judged(view, answer);
  if (span === null) return h("p", { class: "empty" }, "No day of this range has been judged: they are too long ago.");
  const rows = answer.anomalies.filter(inRange(view, "product"));
  if (rows.length === 0) return h("p", { class: "empty" }, `Judged: ${span}. Every day was as expected.`);
  const amount = (value) => money(value, answer.currency);
  const part = (one) => `${words(one.dimension)} ${named(one.name)} ${amount(one.difference)}`;
  const columns = [
    { title: "Day", cell: (row) => bucket(row.label), csv: (row) => row.label },
    numbers("Revenue", "actual", amount),
    numbers("Expected", "expected", amount),
    numbers("At least", "low", amount),
    numbers("At most", "high", amount),
    { title: "Most of it", wraps: true, cell: (row) => row.contributions.slice(0, 2).map(part).join(", ") },
  ];
  return [
    h("p", { class: "muted" }, `${count(String(rows.length))} of the days judged (${span}) were unusual.`),
    table("Unusual days", columns, rows, { tools }),
  ];
}

function unusualProducts(view, answer, tools) {
  const span = judged(view, answer);
  if (span === null) return h("p", { class: "empty" }, "No week of this range has been judged: they are too long ago.");
  const rows = answer.anomalies.filter(inRange(view, "day"));
  if (rows.length === 0) return h("p", { class: "empty" }, `Judged: ${span}. Every product sold as expected.`);
  const units = (title, field) => numbers(title, field, count);
  const columns = [
    { title: "Product", cell: (row) => named(row.product_name) },
    { title: "Week of", cell: (row) => bucket(row.label), csv: (row) => row.label },
    units("Units", "actual"),
    units("Expected", "expected"),
    units("At least", "low"),
    units("At most", "high"),
  ];
  return table("Unusual products", columns, rows, { tools });
}
