// Ranges of days, as ISO texts. Presets count back from the newest order, so that an older store is not empty.

const MS_PER_DAY = 86_400_000;

/** Presets by name, in the order in which they are offered. */
export const PRESETS = {
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  "90d": "Last 90 days",
  "12m": "Last 12 months",
  month: "Month to date",
  year: "Year to date",
  all: "All time",
  custom: "Custom",
};

export const DEFAULT_PRESET = "12m";

/** First and last day of what `address` asks for. */
export function rangeOf(address, context) {
  const anchor = anchorOf(context);
  const from = (first) => ({ first: first > anchor ? anchor : first, last: anchor });
  switch (address.range) {
    case "7d":
      return from(plusDays(anchor, -6));
    case "30d":
      return from(plusDays(anchor, -29));
    case "90d":
      return from(plusDays(anchor, -89));
    case "month":
      return from(`${anchor.slice(0, 7)}-01`);
    case "year":
      return from(`${anchor.slice(0, 4)}-01-01`);
    case "all":
      return from(context.first_day ?? anchor);
    case "custom":
      if (isDay(address.from) && isDay(address.to) && address.from <= address.to)
        return { first: address.from, last: address.to };
      return from(plusDays(anchor, -29));
    default:
      return from(plusDays(yearBefore(anchor), 1));
  }
}

/** The day that presets end at: today, or the last order's where that is more than a week ago. */
export function anchorOf(context) {
  const { today, last_day: last } = context;
  return last !== null && last < plusDays(today, -7) ? last : today;
}

/** The width of buckets that suits the range. */
export function granularityFor({ first, last }) {
  const days = (Date.parse(last) - Date.parse(first)) / MS_PER_DAY + 1;
  if (days <= 2) return "hour";
  if (days <= 92) return "day";
  return days <= 740 ? "week" : "month";
}

export function plusDays(day, days) {
  return new Date(Date.parse(day) + days * MS_PER_DAY).toISOString().slice(0, 10);
}

export const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") && !Number.isNaN(Date.parse(text));

function yearBefore(day) {
  const before = `${String(Number(day.slice(0, 4)) - 1).padStart(4, "0")}${day.slice(4)}`;
  // 29 February has none.
  return isDay(before) && plusDays(before, 0) === before ? before : plusDays(day, -365);
}
