// Saving what is shown: rows as CSV, charts and laid-out tables as PNG. Knows no page.

import { h, save, themeColour } from "./dom.js";

/** A button that saves `rows` by the columns `{title, cell(row), csv(row)}`. */
export function csvButton(name, columns, rows) {
  const write = () => {
    const lines = [
      columns.map((column) => column.title),
      ...rows.map((row) => columns.map((column) => (column.csv ?? column.cell)(row))),
    ];
    const text = lines.map((line) => line.map(csvField).join(",")).join("\r\n");
    save(`${fileName(name)}.csv`, new Blob([text, "\r\n"], { type: "text/csv" }));
  };
  return h("button", { class: "small", "aria-label": `Save ${name} as CSV`, onclick: write }, "CSV");
}

/** A link to what the service itself writes as CSV. */
export function csvLink(name, href) {
  const attributes = { class: "small button", download: `${fileName(name)}.csv`, "aria-label": `Save ${name} as CSV` };
  return h("a", { ...attributes, href }, "CSV");
}

/** A button that saves the canvas that `paint()` gives; nothing where it gives none yet. */
export function pngButton(name, paint) {
  const write = () => paint()?.toBlob((blob) => save(`${fileName(name)}.png`, blob), "image/png");
  return h("button", { class: "small", "aria-label": `Save ${name} as PNG`, onclick: write }, "PNG");
}

/** A laid-out table as a picture: each cell's ground, bar and text where they stand, the scrolled-out ones too. */
export function tablePicture(title, table) {
  const scale = devicePixelRatio;
  const frame = table.getBoundingClientRect();
  const canvas = h("canvas", { width: (frame.width + 32) * scale, height: (frame.height + 64) * scale });
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.fillStyle = themeColour("surface");
  pen.fillRect(0, 0, frame.width + 32, frame.height + 64);
  pen.fillStyle = themeColour("text");
  pen.font = "600 15px system-ui, sans-serif";
  pen.fillText(title, 16, 32);
  pen.translate(16 - frame.left, 48 - frame.top);
  for (const part of table.querySelectorAll("th, td, .fill")) paintGround(pen, part);
  for (const part of table.querySelectorAll("th, td")) paintText(pen, part);
  return canvas;
}

function paintGround(pen, part) {
  const { left, top, width, height } = part.getBoundingClientRect();
  pen.fillStyle = getComputedStyle(part).backgroundColor;
  pen.fillRect(left, top, width, height);
}

function paintText(pen, part) {
  const style = getComputedStyle(part);
  const { left, right, top, bottom } = part.getBoundingClientRect();
  const [first, last] = [left + Number.parseFloat(style.paddingLeft), right - Number.parseFloat(style.paddingRight)];
  const align = { right: "right", center: "center" }[style.textAlign] ?? "left";
  pen.save();
  pen.beginPath();
  pen.rect(left, top, right - left, bottom - top);
  pen.clip();
  pen.fillStyle = style.color;
  pen.font = `${style.fontWeight} ${style.fontSize} system-ui, sans-serif`;
  pen.textAlign = align;
  pen.textBaseline = "middle";
  pen.fillText(part.textContent, { left: first, right: last, center: (first + last) / 2 }[align], (top + bottom) / 2);
  pen.restore();
}

/** `Best customers` as `best-customers`. */
const fileName = (title) => title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-");

/** Spreadsheets run texts that begin with these as formulas, so they get an apostrophe before them; numbers do not. */
function csvField(value) {
  const text = String(value ?? "");
  const harmless = /^-?\d+(\.\d+)?$/.test(text) || !/^[=+\-@\t\r]/.test(text) ? text : `'${text}`;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
