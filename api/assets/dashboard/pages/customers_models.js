// What customers are expected to be worth, how long they stay, and who may be lost.

import { lineChart } from "../charts/line.js";
import { h } from "../dom.js";
import { bucket, count, day, hundredths, money, named, shortMoney, wholeMoney, words } from "../format.js";
import { modelSection, wholePercent } from "../models.js";
import { bars, csvButton, table } from "../parts.js";

const LIFETIME = "/api/v1/analytics/customers/lifetime-value";
const CHURN = "/api/v1/analytics/customers/churn";

/** The sections, each absent where the service has no such model. They look at all orders, up to the newest. */
export function customerModels(view) {
  return [
    modelSection(view, "Expected value", LIFETIME, {}, distribution, {
      note: "of all customers, from the newest order on",
    }),
    modelSection(view, "Worth most from here on", LIFETIME, {}, most),
    modelSection(view, "At risk of being lost", CHURN, {}, atRisk, {
      wide: true,
      note: "good customers who have been away for longer than is usual for them",
    }),
    modelSection(view, "How long customers stay", CHURN, {}, survival),
    modelSection(view, "Came and went", CHURN, {}, flows, { note: "by month" }),
  ];
}

function distribution({ distribution: buckets, segments, currency, horizon_days: horizon }) {
  const upTo = (one) => (one.to === null ? "and more" : `– ${shortMoney(one.to, currency)}`);
  const row = (one) => ({
    name: `${shortMoney(one.from, currency)} ${upTo(one)}`,
    value: one.customers,
    label: count(one.customers),
  });
  const segment = (one) => ({
    name: words(one.segment),
    value: one.lifetime_value,
    label: wholeMoney(one.lifetime_value, currency),
    note: count(one.customers),
  });
  return [
    h("p", { class: "muted" }, `Customers by what each is expected to spend in ${count(horizon)} days`),
    bars("Customers by expected value", buckets.map(row), ["Value", "Customers"]),
    segments.length > 0 && h("h3", {}, "By segment"),
    segments.length > 0 && bars("Expected value by segment", segments.map(segment), ["Segment", "Value", "Customers"]),
  ];
}

function most({ top_customers: rows, currency }, tools) {
  const columns = [
    { title: "Customer", cell: (row) => named(row.customer_id) },
    { title: "Segment", cell: (row) => words(row.segment), csv: (row) => row.segment },
    { title: "Active", number: true, cell: (row) => wholePercent(row.alive), csv: (row) => row.alive },
    {
      title: "Orders",
      number: true,
      cell: (row) => hundredths(row.expected_orders),
      csv: (row) => row.expected_orders,
    },
    {
      title: "Value",
      number: true,
      cell: (row) => money(row.lifetime_value, currency),
      csv: (row) => row.lifetime_value,
    },
  ];
  tools.append(csvButton("expected-value", columns, rows));
  const shown = table("Worth most from here on", columns, rows);
  shown.classList.add("taller");
  return shown;
}

function atRisk({ at_risk: rows, currency }, tools) {
  if (rows.length === 0)
    return h("p", { class: "empty" }, "Nobody: no good customer has been away for unusually long.");
  const columns = [
    { title: "Customer", cell: (row) => named(row.customer_id) },
    { title: "Segment", cell: (row) => words(row.segment), csv: (row) => row.segment },
    { title: "Last order", cell: (row) => day(row.last_order.slice(0, 10)), csv: (row) => row.last_order },
    { title: "Orders", number: true, cell: (row) => count(row.orders), csv: (row) => row.orders },
    { title: "Spent", number: true, cell: (row) => money(row.total_spent, currency), csv: (row) => row.total_spent },
    { title: "Still a customer", number: true, cell: (row) => wholePercent(row.alive), csv: (row) => row.alive },
  ];
  tools.append(csvButton("at-risk", columns, rows));
  const shown = table("At risk of being lost", columns, rows);
  shown.classList.add("tall");
  return shown;
}

function survival({ survival: points, churned, customers, gap_days: gap, median_days: median }, tools) {
  const values = (name) => points.map((point) => point[name]);
  const chart = lineChart(
    "How long customers stay",
    {
      labels: points.map((point) => `day ${point.day}`),
      lines: [
        { name: "Still buying", colour: "accent", values: values("share") },
        { name: "at most", colour: "compared", dash: true, values: values("high") },
        { name: "at least", colour: "compared", dash: true, values: values("low") },
      ],
      band: [1, 2],
      format: wholePercent,
      short: wholePercent,
    },
    tools,
  );
  const parts = [
    `${wholePercent(Number(churned) / Math.max(1, Number(customers)))} have not bought for ${count(gap)} days or more`,
    median && `half of them have left by day ${count(median)}`,
  ];
  return [chart, h("p", { class: "muted" }, parts.filter(Boolean).join(" · "))];
}

function flows({ flows: all }, tools) {
  const rows = [...all].reverse();
  const number = (title, name) => ({ title, number: true, cell: (row) => count(row[name]), csv: (row) => row[name] });
  const columns = [
    { title: "Month", cell: (row) => bucket(row.label), csv: (row) => row.label },
    number("Active", "active"),
    number("New", "new"),
    number("Kept", "kept"),
    number("Came back", "reactivated"),
    number("Paused", "paused"),
  ];
  tools.append(csvButton("came-and-went", columns, rows));
  const shown = table("Came and went", columns, rows);
  shown.classList.add("tall");
  return shown;
}
