// Prices and the units sold at them, with the fitted curve. Floats place points only.

import { h, themeColour } from "../dom.js";
import { count, hundredths, money, shortCount } from "../format.js";
import { axis, mark, plot } from "./plot.js";

const STEPS = 60;

/** `points` of `{price, quantity}`; `elasticity` bends the curve through their mean. */
export function priceCurve(title, { points: all, elasticity, currency }, tools) {
  // Of what is not positive there is no logarithm.
  const seen = all.filter((point) => Number(point.price) > 0 && Number(point.quantity) > 0);
  if (seen.length < 2) return h("p", { class: "empty" }, "There are too few prices for a curve.");
  const fitted = curve(seen, Number(elasticity));
  const places = [...seen.map((point) => ({ ...point, seen: true })), ...between(seen)].sort(
    (one, other) => Number(one.price) - Number(other.price),
  );
  const read = (index) => {
    const { price, quantity } = places[index];
    return [
      h("strong", {}, money(String(price), currency)),
      quantity && h("span", {}, mark("warm"), "Sold ", h("b", {}, count(quantity))),
      h("span", {}, mark("accent"), "Curve ", h("b", {}, hundredths(fitted(price).toFixed(2)))),
    ].filter(Boolean);
  };
  const columns = [
    { title: "Price", cell: (row) => row.price, shown: (row) => money(row.price, currency) },
    { title: "Units", cell: (row) => row.quantity, shown: (row) => count(row.quantity) },
    { title: "Curve", cell: (row) => fitted(row.price).toFixed(2) },
  ];
  const draw = () => ({
    options: options(currency),
    data: [
      places.map((one) => Number(one.price)),
      places.map((one) => fitted(one.price)),
      places.map((one) => (one.seen ? Number(one.quantity) : null)),
    ],
  });
  const rows = [...seen].sort((one, other) => Number(one.price) - Number(other.price));
  return plot(title, { points: places.length, read, draw, columns, rows }, tools);
}

/** Constant elasticity is a line through the mean of the logarithms. */
function curve(points, elasticity) {
  const mean = (name) => points.reduce((sum, point) => sum + Math.log(Number(point[name])), 0) / points.length;
  const intercept = mean("quantity") - elasticity * mean("price");
  return (price) => Math.exp(intercept + elasticity * Math.log(Number(price)));
}

/** Prices between those seen, so that the curve is round. */
function between(points) {
  const prices = points.map((point) => Number(point.price));
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  return Array.from({ length: STEPS }, (_, step) => ({ price: low + ((high - low) * step) / (STEPS - 1) }));
}

function options(currency) {
  return {
    scales: {
      x: {
        time: false,
        range: (_, low, high) => [low - (high - low || low) * 0.06, high + (high - low || low) * 0.06],
      },
      y: { range: (_, low, high) => [0, (high || 1) * 1.12] },
    },
    axes: [
      axis({ size: 30, space: 80, values: (_, places) => places.map((price) => money(String(price), currency)) }),
      axis({ size: 46, values: (_, places) => places.map((units) => shortCount(String(units))) }, true),
    ],
    series: [
      {},
      { stroke: themeColour("accent"), width: 1.75, points: { show: false } },
      { stroke: themeColour("warm"), width: 0, points: { show: true, size: 8, fill: themeColour("warm") } },
    ],
  };
}
