// What customers are expected to be worth, and who may be lost.

import { h } from "../dom.js";
import { count, day, hundredths, money, named, shortMoney, wholeMoney, words } from "../format.js";
import { modelSection, wholePercent } from "../models.js";
import { bars, csvButton, table } from "../parts.js";

/** The sections, each absent where the service has no such model. */
export function customerModels(view) {
  return [
    modelSection(view, "Expected value", "/api/v1/analytics/customers/lifetime-value", {}, (answer) => distribution(answer)),
    modelSection(view, "Worth most from here on", "/api/v1/analytics/customers/lifetime-value", {}, (answer, tools) => most(answer, tools)),
    modelSection(view, "At risk of being lost", "/api/v1/analytics/customers/churn", {}, (answer, tools) => atRisk(answer, tools), { wide: true, note: "good customers who have been away for longer than is usual for them" }),
  ];
}

function distribution({ distribution: buckets = [], segments = [], currency }) {
  const range = (one) => (one.to === null || one.to === undefined ? `${shortMoney(one.from, currency)} and more` : `${shortMoney(one.from, currency)} – ${shortMoney(one.to, currency)}`);
  return [
    bars("Customers by expected value", buckets.map((one) => ({ name: range(one), value: one.customers, label: count(one.customers) })), ["Value", "Customers"]),
    segments.length > 0 && h("h3", {}, "By segment"),
    segments.length > 0 && bars("Expected value by segment", segments.map((one) => ({ name: words(one.segment), value: one.lifetime_value, label: wholeMoney(one.lifetime_value, currency), note: count(one.customers) })), ["Segment", "Value", "Customers"]),
  ];
}

function most({ top_customers: rows = [], currency }, tools) {
  const columns = [
    { title: "Customer", cell: (row) => named(row.customer_id) },
    { title: "Active", number: true, cell: (row) => wholePercent(row.alive), csv: (row) => row.alive },
    { title: "Orders to come", number: true, cell: (row) => hundredths(row.expected_orders), csv: (row) => row.expected_orders },
    { title: "Value", number: true, cell: (row) => money(row.lifetime_value, currency), csv: (row) => row.lifetime_value },
  ];
  tools.append(csvButton("expected-value", columns, rows));
  const shown = table("Worth most from here on", columns, rows);
  shown.classList.add("tall");
  return shown;
}

function atRisk({ at_risk: rows = [], currency }, tools) {
  if (rows.length === 0) return h("p", { class: "empty" }, "Nobody: no good customer has been away for unusually long.");
  const columns = [
    { title: "Customer", cell: (row) => named(row.customer_id) },
    { title: "Last order", cell: (row) => day(row.last_order), csv: (row) => row.last_order },
    { title: "Orders", number: true, cell: (row) => count(row.orders), csv: (row) => row.orders },
    { title: "Spent", number: true, cell: (row) => money(row.total_spent, currency), csv: (row) => row.total_spent },
    { title: "Still a customer", number: true, cell: (row) => wholePercent(row.alive), csv: (row) => row.alive },
  ];
  tools.append(csvButton("at-risk", columns, rows));
  const shown = table("At risk of being lost", columns, rows);
  shown.classList.add("tall");
  return shown;
}
