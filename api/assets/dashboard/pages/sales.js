// Sales: the course of revenue with what it is compared with, what is expected and what was unusual; where it came from.

import { addressOf } from "../api.js";
import { lineChart } from "../charts/line.js";
import { h } from "../dom.js";
import { bucket, count, money, named, shortCount } from "../format.js";
import { emptyRange, emptyStore, section } from "../parts.js";
import { numbers, table } from "../tables.js";
import { salesOf } from "../view.js";
import { breakdowns, revenue, tiles } from "./overview.js";
import { expected, markedDays, unusual } from "./sales_models.js";

/** The sections of the page. */
export function show(view) {
  if (view.isEmpty) return [emptyStore(view)];
  const sales = () => salesOf(view);
  const most = () => view.ask("/api/v1/analytics/sales", { ...view.query, limit: 25 });
  return [
    section(view, "At a glance", sales, (all) => tiles(view, all), { wide: true, bare: true }),
    section(view, "Revenue", sales, (all, tools) => revenue(view, all, tools, markedDays(view)), { wide: true }),
    expected(view),
    section(view, "Orders and units", sales, (all, tools) => orders(view, all, tools)),
    section(view, "Where it came from", sales, (all, tools) => breakdowns(view, all, tools)),
    section(view, "Top products", most, (all, tools) => products(view, all, tools), { wide: true }),
    unusual(view),
    section(view, "From gross to net", sales, composition),
    section(view, "Periods", sales, (all, tools) => periods(view, all, tools)),
  ];
}

function orders(view, { series, total_transactions: all }, tools) {
  if (all === "0") return emptyRange(view);
  return lineChart(
    "Orders and units",
    {
      labels: series.map((point) => point.label),
      lines: [
        { name: "Units", colour: "warm", values: series.map((point) => point.units) },
        { name: "Orders", colour: "accent", values: series.map((point) => point.transactions) },
      ],
      format: count,
      short: shortCount,
    },
    tools,
  );
}

function products(view, sales, tools) {
  const rows = sales.top_selling_products;
  if (rows.length === 0) return emptyRange(view);
  const columns = [
    { title: "Product", cell: (row) => named(row.product_name) },
    { title: "Id", cell: (row) => h("span", { class: "muted" }, row.product_id), csv: (row) => row.product_id },
    { title: "Category", cell: (row) => named(row.category) },
    numbers("Orders", "orders", count),
    numbers("Units", "total_quantity", count),
    numbers("Revenue", "total_revenue", (value) => money(value, sales.currency)),
  ];
  return table("Top products", columns, rows, { tools, room: "taller" });
}

function composition(sales, tools) {
  const rows = [
    { part: "Gross (list prices)", amount: sales.gross_revenue },
    { part: "Discounts", amount: negative(sales.discounts) },
    { part: "Returns", amount: negative(sales.returns) },
    { part: "Net revenue", amount: sales.net_revenue },
  ];
  const amount = numbers("Amount", "amount", (value) => money(value, sales.currency));
  return table("From gross to net", [{ title: "Part", cell: (row) => row.part }, amount], rows, { tools });
}

function periods(view, sales, tools) {
  const amount = (value) => money(value, sales.currency);
  const columns = [
    { title: "Period", cell: (row) => bucket(row.label), csv: (row) => row.label },
    numbers("Orders", "transactions", count),
    numbers("Returns", "returns", amount),
    numbers("Revenue", "revenue", amount),
  ];
  const href = addressOf("/api/v1/analytics/sales", { ...view.query, granularity: view.granularity, format: "csv" });
  return table("Periods", columns, [...sales.series].reverse(), { tools, href });
}

/** The sign of an exact amount, turned. */
const negative = (text) => (/^0(\.0+)?$/.test(text) ? text : text.startsWith("-") ? text.slice(1) : `-${text}`);
