// What sales are expected to be, and which days and products were not as expected.

import { lineChart } from "../charts/line.js";
import { h } from "../dom.js";
import { bucket, count, hundredths, money, named, percent, shortMoney, words } from "../format.js";
import { ANOMALIES, PRODUCT_ANOMALIES, modelSection, wholePercent } from "../models.js";
import { csvButton, table } from "../parts.js";

/** The sections, each absent where the service has no such model. */
export function salesModels(view) {
  const granularity = view.granularity === "hour" ? "day" : view.granularity;
  return [
    modelSection(view, "What to expect", "/api/v1/analytics/sales/forecast", { granularity }, forecast, {
      wide: true,
      note: "of all orders, whatever is filtered",
    }),
    modelSection(view, "Unusual days", ANOMALIES, {}, (answer, tools) => unusualDays(view, answer, tools), {
      wide: true,
      note: "in this range, outside of what was to be expected",
    }),
    modelSection(view, "Unusual products", PRODUCT_ANOMALIES, {}, (answer, tools) => unusualProducts(view, answer, tools), {
      wide: true,
      note: "weeks in this range, by units",
    }),
  ];
}

function forecast({ points, history, currency, backtest, level }, tools) {
  const labels = [...history, ...points].map((point) => point.label);
  const past = history.map((point) => point.revenue);
  const ahead = (name) => [...past.map(() => null), ...points.map((point) => point.revenue[name])];
  const lines = [
    { name: "Revenue", colour: "accent", values: past },
    { name: "Expected", colour: "accent", dash: true, values: ahead("mean") },
    { name: "at most", colour: "compared", dash: true, values: ahead("high") },
    { name: "at least", colour: "compared", dash: true, values: ahead("low") },
  ];
  const chart = lineChart(
    "What to expect",
    {
      labels,
      lines,
      band: [2, 3],
      format: (value) => money(value, currency),
      short: (value) => shortMoney(value, currency),
    },
    tools,
  );
  return [chart, backtest && tested(backtest, level)];
}

/** How well it would have done on days that it had not seen. */
function tested({ smape, mase, coverage, baseline_smape: baseline }, level) {
  const parts = [
    `error ${percent(smape)} (sMAPE)`,
    `the season before, repeated: ${percent(baseline)}`,
    mase && `MASE ${hundredths(mase)}`,
    coverage && `${wholePercent(coverage)} within the band${level ? ` of ${wholePercent(level)}` : ""}`,
  ];
  return h("p", { class: "muted" }, `Tried on a part it had not seen: ${parts.filter(Boolean).join(" · ")}`);
}

const inRange =
  ({ range }) =>
  (row) =>
    row.label >= range.first && row.label <= range.last;

function unusualDays(view, { anomalies, currency }, tools) {
  const rows = anomalies.filter(inRange(view));
  if (rows.length === 0) return h("p", { class: "empty" }, "Every day of the range was as expected.");
  const part = (one) => `${words(one.dimension)} ${named(one.name)} ${money(one.difference, currency)}`;
  const amount = (name) => ({
    number: true,
    cell: (row) => money(row[name], currency),
    csv: (row) => row[name],
  });
  const columns = [
    { title: "Day", cell: (row) => bucket(row.label), csv: (row) => row.label },
    { title: "Revenue", ...amount("actual") },
    { title: "Expected", ...amount("expected") },
    { title: "At least", ...amount("low") },
    { title: "At most", ...amount("high") },
    { title: "Most of it", wraps: true, cell: (row) => row.contributions.slice(0, 2).map(part).join(", ") },
  ];
  tools.append(csvButton("unusual-days", columns, rows));
  return table("Unusual days", columns, rows);
}

function unusualProducts(view, { anomalies }, tools) {
  const rows = anomalies.filter(inRange(view));
  if (rows.length === 0) return h("p", { class: "empty" }, "Every product sold as expected.");
  const units = (name) => ({ number: true, cell: (row) => count(row[name]), csv: (row) => row[name] });
  const columns = [
    { title: "Product", cell: (row) => named(row.product_name) },
    { title: "Week of", cell: (row) => bucket(row.label), csv: (row) => row.label },
    { title: "Units", ...units("actual") },
    { title: "Expected", ...units("expected") },
    { title: "At least", ...units("low") },
    { title: "At most", ...units("high") },
  ];
  tools.append(csvButton("unusual-products", columns, rows));
  const shown = table("Unusual products", columns, rows);
  shown.classList.add("tall");
  return shown;
}
