// What customers are expected to be worth, how long they stay, where they come from, and who may be lost.

import { addressOf } from "../api.js";
import { columnChart } from "../charts/columns.js";
import { lineChart } from "../charts/line.js";
import { h } from "../dom.js";
import { bucket, count, day, hundredths, money, named, shortCount, shortMoney, wholeMoney, words } from "../format.js";
import { LIFETIME, modelSection, MOST_ROWS, wholePercent } from "../models.js";
import { bars, numbers, table } from "../tables.js";
import { customerLink } from "./one_customer.js";

const CHURN = "/api/v1/analytics/customers/churn";
/** Channels with a line of their own. */
const COLOURS = ["accent", "warm", "good", "bad"];

/** The sections, each absent where the service has no such model. They look at all orders, up to the newest. */
export function customerModels(view) {
  return [
    modelSection(view, "Expected value", LIFETIME, {}, distribution, {
      note: "of all customers, from the newest order on",
    }),
    modelSection(view, "Expected value by segment", LIFETIME, {}, bySegment),
    modelSection(view, "Worth most from here on", LIFETIME, {}, most, { wide: true }),
    modelSection(view, "At risk of being lost", CHURN, {}, atRisk, {
      wide: true,
      note: "good customers who have been away for longer than is usual for them",
    }),
    modelSection(view, "How long customers stay", CHURN, {}, survival),
    modelSection(view, "Where new customers come from", CHURN, {}, acquisition, { note: "by month and channel" }),
    modelSection(view, "Came and went", CHURN, {}, flows, { wide: true, note: "by month" }),
  ];
}

function distribution({ distribution: buckets, currency, horizon_days: horizon }, tools) {
  const upTo = (one) => ((one.to ?? null) === null ? "and more" : `– ${shortMoney(one.to, currency)}`);
  const row = (one) => ({
    name: `${shortMoney(one.from, currency)} ${upTo(one)}`,
    short: shortMoney(one.from, currency),
    value: one.customers,
  });
  return [
    h("p", { class: "muted" }, `Customers by what each is expected to spend in ${count(horizon)} days`),
    columnChart("Expected value", { rows: buckets.map(row), names: ["Value", "Customers"] }, tools),
  ];
}

function bySegment({ segments, currency }, tools) {
  const row = (one) => ({
    name: words(one.segment),
    value: one.lifetime_value,
    label: wholeMoney(one.lifetime_value, currency),
    note: count(one.customers),
    exact: one.customers,
  });
  return bars("Expected value by segment", segments.map(row), ["Segment", "Value", "Customers"], tools);
}

function most({ top_customers: rows, currency, nobody_leaves: lasting }, tools) {
  const amount = (value) => money(value, currency);
  const columns = [
    { title: "Customer", cell: customerLink },
    { title: "Segment", cell: (row) => words(row.segment), csv: (row) => row.segment },
    numbers("Orders so far", "orders", count),
    numbers("Spent so far", "total_spent", amount),
    // Where nobody is seen to leave, everybody is there.
    ...(lasting ? [] : [numbers("Still a customer", "alive", wholePercent)]),
    numbers("Orders to come", "expected_orders", hundredths),
    numbers("Each worth", "expected_value", amount),
    numbers("Value", "lifetime_value", amount),
  ];
  return table("Worth most from here on", columns, rows, { tools, href: whole(LIFETIME) });
}

function atRisk({ at_risk: rows, currency }, tools) {
  if (rows.length === 0)
    return h("p", { class: "empty" }, "Nobody: no good customer has been away for unusually long.");
  const columns = [
    { title: "Customer", cell: customerLink },
    { title: "Segment", cell: (row) => words(row.segment), csv: (row) => row.segment },
    { title: "Last order", cell: (row) => day(row.last_order.slice(0, 10)), csv: (row) => row.last_order },
    numbers("Orders", "orders", count),
    numbers("Spent", "total_spent", (value) => money(value, currency)),
    numbers("Still a customer", "alive", wholePercent),
  ];
  return table("At risk of being lost", columns, rows, { tools, href: whole(CHURN) });
}

function survival({ survival: points, churned, customers, gap_days: gap, median_days: median }, tools) {
  const values = (name) => points.map((point) => point[name]);
  const chart = lineChart(
    "How long customers stay",
    {
      labels: values("day").map(count),
      at: values("day"),
      when: (label) => `Day ${label}`,
      lines: [
        { name: "Still buying", colour: "accent", values: values("share") },
        { name: "at most", colour: "compared", thin: true, values: values("high") },
        { name: "at least", colour: "compared", thin: true, values: values("low") },
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
  return [h("p", { class: "muted" }, parts.filter(Boolean).join(" · ")), chart];
}

/** A line for each channel, the smaller ones together. */
function acquisition({ acquisition: rows, flows: all }, tools) {
  const totals = new Map();
  for (const { channel, customers } of rows) totals.set(channel, (totals.get(channel) ?? 0) + Number(customers));
  const ranked = [...totals].sort((one, other) => other[1] - one[1]).map(([channel]) => channel);
  const own = ranked.length > COLOURS.length ? ranked.slice(0, COLOURS.length - 1) : ranked;
  const counts = new Map();
  for (const { month, channel, customers } of rows) {
    const key = `${month} ${own.indexOf(channel)}`;
    counts.set(key, (counts.get(key) ?? 0) + Number(customers));
  }
  // Months in which nobody came are in the flows.
  const months = [...new Set([...all.map((flow) => flow.label), ...rows.map((row) => row.month)])].sort();
  const line = (name, place, index) => ({
    name,
    colour: COLOURS[index],
    values: months.map((month) => String(counts.get(`${month} ${place}`) ?? 0)),
  });
  const lines = own.map((channel, index) => line(named(channel), index, index));
  if (own.length < ranked.length) lines.push(line("Others", -1, own.length));
  return lineChart("Where new customers come from", { labels: months, lines, format: count, short: shortCount }, tools);
}

function flows({ flows: all }, tools) {
  const columns = [
    { title: "Month", cell: (row) => bucket(row.label), csv: (row) => row.label },
    numbers("Active", "active", count),
    numbers("New", "new", count),
    numbers("Kept", "kept", count),
    numbers("Came back", "reactivated", count),
    numbers("Paused", "paused", count),
  ];
  return table("Came and went", columns, [...all].reverse(), { tools });
}

/** Where the service writes all rows of a report as CSV. */
const whole = (path) => addressOf(path, { limit: MOST_ROWS, format: "csv" });
