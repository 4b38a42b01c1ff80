// Sales: the course of revenue with what it is compared with, what is expected and what was unusual; where it came from.

import { addressOf } from "../api.js";
import { lineChart } from "../charts/line.js";
import { h } from "../dom.js";
import { bucket, count, money, named, shortCount, shortMoney } from "../format.js";
import { ANOMALIES } from "../models.js";
import { csvButton, emptyRange, emptyStore, section, table } from "../parts.js";
import { comparedSeries, salesOf } from "../view.js";
import { breakdowns, revenue, tiles } from "./overview.js";
import { salesModels } from "./sales_models.js";

/** The sections of the page. */
export function show(view) {
  if (view.isEmpty) return [emptyStore(view)];
  const compared = async () => {
    const sales = await salesOf(view);
    return { sales, earlier: await comparedSeries(view, sales), unusual: await unusualDays(view) };
  };
  return [
    section(
      view,
      "At a glance",
      () => salesOf(view),
      (sales) => tiles(view, sales),
      { wide: true, bare: true },
    ),
    section(view, "Revenue", compared, (both, tools) => revenue(view, both, tools), { wide: true }),
    salesModels(view),
    section(
      view,
      "Orders and units",
      () => salesOf(view),
      (sales, tools) => orders(view, sales, tools),
    ),
    section(
      view,
      "Where it came from",
      () => salesOf(view),
      (sales) => breakdowns(view, sales),
    ),
    section(
      view,
      "Top products",
      () => topProducts(view),
      (sales, tools) => products(view, sales, tools),
      { wide: true },
    ),
    section(
      view,
      "From gross to net",
      () => salesOf(view),
      (sales) => composition(sales),
    ),
    section(
      view,
      "Periods",
      () => salesOf(view),
      (sales, tools) => periods(view, sales, tools),
    ),
  ];
}

/** Days to mark, where the chart shows days; a model without figures marks none. */
async function unusualDays(view) {
  if (view.granularity !== "day" || !view.context.reports.includes(ANOMALIES)) return [];
  const { anomalies = [] } = await view.ask(ANOMALIES, {});
  return anomalies.map((one) => one.label);
}

const topProducts = (view) => view.ask("/api/v1/analytics/sales", { ...view.query, limit: 25 });

function orders(view, { series, total_transactions: all }, tools) {
  if (all === "0") return emptyRange(view);
  return lineChart(
    "Orders and units",
    {
      labels: series.map((point) => point.label),
      lines: [
        { name: "Units", colour: "compared", values: series.map((point) => point.units) },
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
    { title: "Orders", number: true, cell: (row) => count(row.orders), csv: (row) => row.orders },
    { title: "Units", number: true, cell: (row) => count(row.total_quantity), csv: (row) => row.total_quantity },
    {
      title: "Revenue",
      number: true,
      cell: (row) => money(row.total_revenue, sales.currency),
      csv: (row) => row.total_revenue,
    },
  ];
  tools.append(csvButton("top-products", columns, rows));
  const shown = table("Top products", columns, rows);
  shown.classList.add("taller");
  return shown;
}

function composition(sales) {
  const rows = [
    ["Gross (list prices)", sales.gross_revenue],
    ["Discounts", negative(sales.discounts)],
    ["Returns", negative(sales.returns)],
    ["Net revenue", sales.net_revenue],
  ];
  return table(
    "From gross to net",
    [
      { title: "Part", cell: ([name]) => name },
      { title: "Amount", number: true, cell: ([, value]) => money(value, sales.currency) },
    ],
    rows,
  );
}

function periods(view, sales, tools) {
  const rows = [...sales.series].reverse();
  const amount = (name) => ({ number: true, cell: (row) => money(row[name], sales.currency), csv: (row) => row[name] });
  const columns = [
    { title: "Period", cell: (row) => bucket(row.label), csv: (row) => row.label },
    { title: "Orders", number: true, cell: (row) => count(row.transactions), csv: (row) => row.transactions },
    { title: "Returns", ...amount("returns") },
    { title: "Revenue", ...amount("revenue") },
  ];
  tools.append(
    h(
      "a",
      {
        class: "small button",
        download: "periods.csv",
        "aria-label": "Save Periods as CSV",
        href: addressOf("/api/v1/analytics/sales", { ...view.query, granularity: view.granularity, format: "csv" }),
      },
      "CSV",
    ),
  );
  const shown = table("Periods", columns, rows);
  shown.classList.add("tall");
  return shown;
}

/** The sign of an exact amount, turned. */
const negative = (text) => (/^0(\.0+)?$/.test(text) ? text : text.startsWith("-") ? text.slice(1) : `-${text}`);
