// Customers: who bought, who came back, which kinds there are, and who may be lost.

import { addressOf } from "../api.js";
import { h } from "../dom.js";
import { count, money, percent, wholeMoney, words } from "../format.js";
import { emptyRange, emptyStore, section, tile } from "../parts.js";
import { bars, numbers, table } from "../tables.js";
import { cohortSection } from "./cohorts.js";
import { customerModels } from "./customers_models.js";
import { customerLink, oneCustomer } from "./one_customer.js";

/** The sections of the page. */
export function show(view) {
  if (view.isEmpty) return [emptyStore(view)];
  const report = () =>
    view.ask("/api/v1/analytics/customers", { ...view.query, limit: 25, cohorts: cohortMonths(view.range) });
  return [
    section(view, "At a glance", report, (customers) => tiles(customers), { wide: true, bare: true }),
    oneCustomer(view),
    cohortSection(view, report),
    section(view, "Segments", report, (customers, tools) => segments(view, customers, tools), {
      note: "by recency, frequency and money",
    }),
    section(view, "Best customers", report, (customers, tools) => best(view, customers, tools)),
    customerModels(view),
  ];
}

/** As many months as the range has, within what can be read. */
function cohortMonths({ first, last }) {
  const months =
    (Number(last.slice(0, 4)) - Number(first.slice(0, 4))) * 12 +
    Number(last.slice(5, 7)) -
    Number(first.slice(5, 7)) +
    1;
  return Math.min(24, Math.max(12, months));
}

function tiles(customers) {
  const { currency, previous_period: before } = customers;
  return h(
    "dl",
    { class: "tiles" },
    tile("Active customers", count(customers.active_customers), {
      note: `${count(customers.new_customers)} new, ${count(customers.returning_customers)} returning`,
    }),
    tile("Retention", before.active_customers === "0" ? "–" : percent(customers.customer_retention_rate), {
      note:
        before.active_customers === "0"
          ? "nobody bought in the period before"
          : `${count(customers.retained_customers)} of ${count(before.active_customers)} came back`,
    }),
    tile("Churn", before.active_customers === "0" ? "–" : percent(customers.churn_rate), {
      note: "of the period before",
    }),
    tile("Lifetime revenue", wholeMoney(customers.avg_customer_lifetime_value, currency), {
      note: "per customer so far",
      title: money(customers.avg_customer_lifetime_value, currency),
    }),
    tile("All customers", count(customers.total_customers), { note: "up to the end of the range" }),
  );
}

function segments(view, { rfm_segments: all, currency }, tools) {
  if (all.length === 0) return emptyRange(view);
  const row = (one) => ({
    name: words(one.segment),
    value: one.customers,
    label: `${count(one.customers)} (${percent(one.customer_share)})`,
    note: wholeMoney(one.revenue, currency),
    exact: one.revenue,
  });
  return bars("Segments", all.map(row), ["Segment", "Customers", "Revenue"], tools);
}

function best(view, { top_customers: rows, currency }, tools) {
  if (rows.length === 0) return emptyRange(view);
  const amount = (value) => money(value, currency);
  const columns = [
    { title: "Customer", cell: customerLink },
    numbers("Orders", "total_orders", count),
    numbers("Spent", "total_spent", amount),
    numbers("So far", "customer_lifetime_value", amount),
  ];
  const href = addressOf("/api/v1/analytics/customers", { ...view.query, limit: 1000, format: "csv" });
  return table("Best customers", columns, rows, { tools, href });
}
