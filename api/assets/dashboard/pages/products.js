// Products: which carry the revenue, how fast they sell, and what to do about them.

import { addressOf } from "../api.js";
import { h } from "../dom.js";
import { count, hundredths, money, named, percent, wholeMoney } from "../format.js";
import { bars, emptyRange, emptyStore, section, table, tile } from "../parts.js";
import { productModels } from "./products_models.js";

/** The sections of the page. */
export function show(view) {
  if (view.isEmpty) return [emptyStore(view)];
  const report = () => view.ask("/api/v1/analytics/products", { ...view.query, limit: 100 });
  return [
    section(view, "At a glance", report, (products) => tiles(products), { wide: true, bare: true }),
    section(view, "Classes", report, (products) => classes(view, products), {
      note: "A: the first 80 % of revenue, B: the next 15 %, C: the rest",
    }),
    section(view, "Categories", report, (products) => categories(view, products)),
    productModels(view),
    section(view, "Products", report, (products, tools) => list(view, products, tools), { wide: true }),
  ];
}

function tiles(products) {
  const { inventory_insights: insights, currency } = products;
  return h(
    "dl",
    { class: "tiles" },
    tile("Products sold", count(products.total_products)),
    tile("Revenue", wholeMoney(products.total_revenue, currency), { title: money(products.total_revenue, currency) }),
    tile(
      "Categories",
      count(insights.total_categories),
      insights.most_profitable_category
        ? { note: `most: ${insights.most_profitable_category}, least: ${insights.least_profitable_category}` }
        : {},
    ),
    tile("Days with orders", count(products.observed_days)),
  );
}

function classes(view, { abc_classes: all, currency }) {
  if (all.length === 0) return emptyRange(view);
  const row = (one) => ({
    name: `Class ${one.abc_class}`,
    value: one.revenue,
    label: wholeMoney(one.revenue, currency),
    note: `${count(one.products)} products`,
  });
  return bars("Revenue by class", all.map(row), ["Class", "Revenue", "Products"]);
}

function categories(view, { category_performance: sums, category_shares: shares, currency }) {
  const rows = Object.entries(sums)
    .sort((a, b) => Number(b[1]) - Number(a[1]))
    .slice(0, 12);
  if (rows.length === 0) return emptyRange(view);
  return bars(
    "Revenue by category",
    rows.map(([name, value]) => ({
      name: named(name),
      value,
      label: money(value, currency),
      note: percent(shares[name]),
    })),
  );
}

function list(view, { top_performing_products: rows, currency }, tools) {
  if (rows.length === 0) return emptyRange(view);
  tools.append(
    h(
      "a",
      {
        class: "small button",
        download: "products.csv",
        "aria-label": "Save Products as CSV",
        href: addressOf("/api/v1/analytics/products", { ...view.query, limit: 1000, format: "csv" }),
      },
      "CSV",
    ),
  );
  const shown = table(
    "Products",
    [
      { title: "Product", cell: (row) => named(row.product_name) },
      { title: "Id", cell: (row) => h("span", { class: "muted" }, row.product_id) },
      { title: "Category", cell: (row) => named(row.category) },
      { title: "Class", cell: (row) => h("span", { class: `badge ${row.abc_class.toLowerCase()}` }, row.abc_class) },
      { title: "Orders", number: true, cell: (row) => count(row.orders) },
      { title: "Units", number: true, cell: (row) => count(row.total_sold) },
      { title: "A day", number: true, cell: (row) => hundredths(row.velocity) },
      { title: "Price", number: true, cell: (row) => money(row.avg_price, currency) },
      { title: "Share", number: true, cell: (row) => percent(row.revenue_share) },
      { title: "Revenue", number: true, cell: (row) => money(row.total_revenue, currency) },
    ],
    rows,
  );
  shown.classList.add("taller");
  return shown;
}
