// A small picture of prices and the units sold at them, with the fitted curve. Floats place points only.

import { h, svg } from "../dom.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [420, 220, 48, 24];

/**
 * `points` of `{price, quantity}`; `elasticity` bends the curve through their mean; `price` and `quantity` write the
 * numbers of the axes.
 */
export function priceCurve(title, { points: all, elasticity, price, quantity }) {
  // Of what is not positive there is no logarithm.
  const points = all.filter((point) => Number(point.price) > 0 && Number(point.quantity) > 0);
  if (points.length < 2) return h("p", { class: "empty" }, "There are too few prices for a curve.");
  const prices = points.map((point) => Number(point.price));
  const quantities = points.map((point) => Number(point.quantity));
  const [low, high] = [Math.min(...prices) * 0.97, Math.max(...prices) * 1.03];
  const top = Math.max(...quantities) * 1.1;
  const x = (value) => LEFT + ((value - low) / (high - low)) * (WIDTH - LEFT - 12);
  const y = (value) => HEIGHT - BOTTOM - (Math.min(value, top) / top) * (HEIGHT - BOTTOM - 10);
  const dots = points.map((_, index) => svg("circle", { cx: x(prices[index]), cy: y(quantities[index]), r: 3.5 }));
  const label = (at, text, anchor) => svg("text", { x: at[0], y: at[1], "text-anchor": anchor }, text);
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "scatter", role: "img", "aria-label": title },
    svg("path", { class: "axis", d: `M${LEFT} 8V${HEIGHT - BOTTOM}H${WIDTH - 8}` }),
    svg("path", { class: "curve", d: curve(prices, quantities, Number(elasticity), low, high, x, y) }),
    ...dots,
    label([LEFT, HEIGHT - 6], price(String(low)), "start"),
    label([WIDTH - 8, HEIGHT - 6], price(String(high)), "end"),
    label([LEFT - 6, 16], quantity(String(top)), "end"),
    label([LEFT - 6, HEIGHT - BOTTOM], quantity("0"), "end"),
  );
}

/** Constant elasticity is a line through the mean of the logarithms. */
function curve(prices, quantities, elasticity, low, high, x, y) {
  const mean = (values) => values.reduce((sum, value) => sum + Math.log(value), 0) / values.length;
  const intercept = mean(quantities) - elasticity * mean(prices);
  const at = (step) => low + ((high - low) * step) / 40;
  const point = (_, step) =>
    `${x(at(step)).toFixed(1)} ${y(Math.exp(intercept + elasticity * Math.log(at(step)))).toFixed(1)}`;
  return `M${Array.from({ length: 41 }, point).join("L")}`;
}
