// Customers: who bought, who came back, which kinds there are, and who may be lost.

import { addressOf } from "../api.js";
import { h } from "../dom.js";
import { bucket, count, money, named, percent, wholeMoney, words } from "../format.js";
import { bars, csvButton, emptyRange, emptyStore, section, table, tile } from "../parts.js";
import { customerModels } from "./customers_models.js";

/** The sections of the page. */
export function show(view) {
  if (view.isEmpty) return [emptyStore(view)];
  const report = () =>
    view.ask("/api/v1/analytics/customers", { ...view.query, limit: 25, cohorts: cohortMonths(view.range) });
  return [
    section(view, "At a glance", report, (customers) => tiles(customers), { wide: true, bare: true }),
    section(view, "Cohorts", report, (customers, tools) => cohorts(view, customers, tools), {
      wide: true,
      note: "customers by the month of their first order, and how many of them bought in each month after it",
    }),
    section(view, "Segments", report, (customers) => segments(view, customers), {
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

function cohorts(view, { cohorts: all }, tools) {
  const rows = all.filter((cohort) => cohort.customers !== "0");
  if (rows.length === 0)
    return h("div", { class: "empty" }, h("p", {}, "Nobody bought for the first time in these months."));
  const most = Math.max(...rows.map((cohort) => cohort.retained.length));
  const months = Array.from({ length: most }, (_, index) => index);
  // A share measures the colour and is read as a whole percent; counts stand in the title and in the CSV.
  const share = (cohort, index) => Number(cohort.retained[index]) / Number(cohort.customers);
  const highest = Math.max(
    0.01,
    ...rows.flatMap((cohort) => cohort.retained.slice(1).map((_, index) => share(cohort, index + 1))),
  );
  const cell = (cohort) => (index) => {
    if (index >= cohort.retained.length) return h("td", {});
    const part = share(cohort, index);
    const shown = h(
      "td",
      { class: part === 0 ? "muted" : null, title: `${count(cohort.retained[index])} of ${count(cohort.customers)}` },
      index === 0 ? "100%" : `${Math.round(part * 100)}%`,
    );
    const strength = index === 0 ? 0.08 : (part / highest) * 0.45;
    shown.style.background = `rgb(var(--heat) / ${strength.toFixed(3)})`;
    return shown;
  };
  const columns = [
    { title: "Month", cell: (row) => row.month },
    { title: "Customers", cell: (row) => row.customers },
    ...months.map((index) => ({ title: `+${index}`, cell: (row) => row.retained[index] ?? "" })),
  ];
  tools.append(csvButton("cohorts", columns, rows));
  const head = (text) => h("th", { scope: "col" }, text);
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": "Cohorts" },
    h(
      "table",
      { class: "heat" },
      h("caption", { class: "unseen" }, "Share of each cohort that bought, by months since the first order"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head("First order"),
          head("Customers"),
          months.map((index) => head(index === 0 ? "First" : `+${index}`)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((cohort) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, bucket(cohort.month)),
            h("td", {}, count(cohort.customers)),
            months.map(cell(cohort)),
          ),
        ),
      ),
    ),
  );
}

function segments(view, { rfm_segments: all, currency }) {
  if (all.length === 0) return emptyRange(view);
  const row = (one) => ({
    name: words(one.segment),
    value: one.customers,
    label: `${count(one.customers)} (${percent(one.customer_share)})`,
    note: wholeMoney(one.revenue, currency),
  });
  return bars("Customers by segment", all.map(row), ["Segment", "Customers", "Revenue"]);
}

function best(view, { top_customers: rows, currency }, tools) {
  if (rows.length === 0) return emptyRange(view);
  const columns = [
    { title: "Customer", cell: (row) => named(row.customer_id) },
    { title: "Orders", number: true, cell: (row) => count(row.total_orders), csv: (row) => row.total_orders },
    { title: "Spent", number: true, cell: (row) => money(row.total_spent, currency), csv: (row) => row.total_spent },
    {
      title: "So far",
      number: true,
      cell: (row) => money(row.customer_lifetime_value, currency),
      csv: (row) => row.customer_lifetime_value,
    },
  ];
  tools.append(
    h(
      "a",
      {
        class: "small button",
        download: "customers.csv",
        "aria-label": "Save Best customers as CSV",
        href: addressOf("/api/v1/analytics/customers", { ...view.query, limit: 1000, format: "csv" }),
      },
      "CSV",
    ),
  );
  const shown = table("Best customers", columns, rows);
  shown.classList.add("tall");
  return shown;
}
