// What sales are expected to be, and which days were not as expected.

import { lineChart } from "../charts/line.js";
import { h } from "../dom.js";
import { bucket, hundredths, money, named, percent, shortMoney, words } from "../format.js";
import { modelSection, wholePercent } from "../models.js";
import { csvButton, table } from "../parts.js";

/** The sections, each absent where the service has no such model. */
export function salesModels(view) {
  const { tz, region, channel, category } = view.query;
  return [
    modelSection(view, "What to expect", "/api/v1/analytics/sales/forecast", { tz, region, channel, category }, (answer, tools) => forecast(answer, tools), { wide: true }),
    modelSection(view, "Unusual days", "/api/v1/analytics/sales/anomalies", view.query, (answer, tools) => anomalies(answer, tools), { wide: true, note: "outside of what was to be expected" }),
  ];
}

function forecast({ points, history = [], currency, backtest }, tools) {
  const labels = [...history, ...points].map((point) => point.label);
  const past = history.map((point) => point.revenue);
  const ahead = (name) => [...past.map(() => null), ...points.map((point) => point.revenue[name])];
  const lines = [
    { name: "Revenue", colour: "accent", values: past },
    { name: "Expected", colour: "accent", dash: true, values: ahead("mean") },
    { name: "at most", colour: "compared", dash: true, values: ahead("high") },
    { name: "at least", colour: "compared", dash: true, values: ahead("low") },
  ];
  const chart = lineChart("What to expect", {
    labels, lines, band: [2, 3], format: (value) => money(value, currency), short: (value) => shortMoney(value, currency),
  }, tools);
  return [chart, backtest && tested(backtest)];
}

/** How well it would have done on days that it had not seen. */
function tested({ smape, mase, coverage, baseline_smape: baseline }) {
  const parts = [
    smape && `error ${percent(smape)} (sMAPE)`, baseline && `the season before, repeated: ${percent(baseline)}`,
    mase && `MASE ${hundredths(mase)}`, coverage && `${wholePercent(coverage)} of days within the band`,
  ];
  return h("p", { class: "muted" }, `On days it had not seen: ${parts.filter(Boolean).join(" · ")}`);
}

function anomalies({ anomalies: all, currency }, tools) {
  if (all.length === 0) return h("p", { class: "empty" }, "Every day of the range was as expected.");
  const part = (one) => `${words(one.dimension)} ${named(one.name)} ${money(one.difference, currency)}`;
  const columns = [
    { title: "Day", cell: (row) => bucket(row.label), csv: (row) => row.label },
    { title: "Revenue", number: true, cell: (row) => money(row.actual, currency), csv: (row) => row.actual },
    { title: "Expected", number: true, cell: (row) => money(row.expected, currency), csv: (row) => row.expected },
    { title: "Between", number: true, cell: (row) => `${money(row.low, currency)} and ${money(row.high, currency)}` },
    { title: "Most of it", wraps: true, cell: (row) => (row.contributions ?? []).slice(0, 2).map(part).join(", ") },
  ];
  tools.append(csvButton("unusual-days", columns, all));
  return table("Unusual days", columns, all);
}
