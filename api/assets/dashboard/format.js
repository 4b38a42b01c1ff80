// Numbers and days as people read them. Amounts are exact texts and go to Intl as such: no float ever holds money that
// is shown. Knows no page.

const locale = navigator.language;
const wholes = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const signedTenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
const currencies = new Map();

/** An amount with its currency and that currency's digits. */
export function money(text, currency) {
  return currencyFormat(currency, {}).format(text ?? "0");
}

/** An amount of a tile or an axis, shortened: $12.3K. */
export function shortMoney(text, currency) {
  return currencyFormat(currency, { notation: "compact", maximumSignificantDigits: 3 }).format(text ?? "0");
}

/** An amount without the digits after the point, for tiles; exact amounts stand in the tables. */
export function wholeMoney(text, currency) {
  return currencyFormat(currency, { maximumFractionDigits: 0 }).format(text ?? "0");
}

export const count = (text) => wholes.format(text ?? "0");
export const hundredths = (text) => twoDigits.format(text ?? "0");
export const oneDigit = (text) => tenths.format(text ?? "0");
export const shortCount = (text) => compact.format(text ?? "0");
export const percent = (text) => (text === null || text === undefined ? "–" : `${tenths.format(text)}%`);
export const signedPercent = (text) => `${signedTenths.format(text)}%`;

/** A bucket's label (`2024-03-30`, `2024-02`, `2024-Q1`, `2024`, an hour) as read. */
export function bucket(label) {
  if (/^\d{4}-\d{2}-\d{2}$/.test(label)) return day(label);
  if (/^\d{4}-\d{2}$/.test(label)) return dateFormat({ month: "short", year: "numeric" }).format(atNoon(`${label}-01`));
  const hour = /^(\d{4}-\d{2}-\d{2})T(\d{2}):/.exec(label);
  return hour ? `${shortDay(hour[1])}, ${hour[2]}:00` : label;
}

/** As `bucket`, for the small print of an axis. */
export function shortBucket(label) {
  if (/^\d{4}-\d{2}-\d{2}$/.test(label)) return shortDay(label);
  const hour = /T(\d{2}):/.exec(label);
  return hour ? `${hour[1]}:00` : bucket(label);
}

export const day = (text) => dateFormat({ day: "numeric", month: "short", year: "numeric" }).format(atNoon(text));
export const shortDay = (text) => dateFormat({ day: "numeric", month: "short" }).format(atNoon(text));

/** From the first to the last day. */
export function days(first, last) {
  return first === last ? day(first) : `${day(first)} – ${day(last)}`;
}

/** An instant, in `timeZone`, to the second, or to the minute where `timeStyle` is short. */
export function instant(text, timeZone, timeStyle = "medium") {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle, timeZone }).format(new Date(text));
}

/** `loyal_customers` as `Loyal customers`. */
export function words(name) {
  const text = String(name).replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What stands for a name that is empty. */
export const named = (text) => (text === "" ? "(none)" : text);

function currencyFormat(currency, options) {
  const key = currency + JSON.stringify(options);
  if (!currencies.has(key)) {
    currencies.set(
      key,
      new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol", ...options }),
    );
  }
  return currencies.get(key);
}

const dateFormats = new Map();
function dateFormat(options) {
  const key = JSON.stringify(options);
  if (!dateFormats.has(key)) dateFormats.set(key, new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }));
  return dateFormats.get(key);
}

// Days have no zone here: they were cut by the service.
const atNoon = (text) => new Date(`${text}T12:00:00Z`);
