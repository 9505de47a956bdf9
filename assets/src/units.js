/* Numbers under the pointer; the names are those of panels.spec.Unit, the rules those of panels.units. */

const digits = (value) => {
  const size = Math.abs(value);
  if (size === 0) return "0";
  return value.toLocaleString("en", { maximumSignificantDigits: 3, useGrouping: false });
};
const scaled = (value, base, names) => {
  let power = 0;
  while (Math.abs(value) >= base && power < names.length - 1) {
    value /= base;
    power += 1;
  }
  return digits(value) + names[power];
};
const count = (value) => scaled(value, 1000, ["", "k", "M", "G", "T"]);
const bytes = (value) => scaled(value, 1024, [" B", " KiB", " MiB", " GiB", " TiB"]);

function duration(ms) {
  if (ms < 1) return `${digits(ms * 1000)} µs`;
  if (ms < 1000) return `${digits(ms)} ms`;
  if (ms < 120000) return `${digits(ms / 1000)} s`;
  if (ms < 7200000) return `${digits(ms / 60000)} min`;
  if (ms < 172800000) return `${digits(ms / 3600000)} h`;
  return `${digits(ms / 86400000)} d`;
}

const WRITE = {
  percent: (value) => `${value > 99 && value < 100 ? Math.floor(value * 100) / 100 : digits(value)} %`,
  ratio: (value) => `${digits(value * 100)} %`,
  milliseconds: duration,
  seconds: (value) => duration(value * 1000),
  days: (value) => `${digits(value)} d`,
  bytes: bytes,
  "bytes per second": (value) => `${bytes(value)}/s`,
  "requests/s": (value) => `${count(value)} req/s`,
  "per second": (value) => `${count(value)}/s`,
  "per minute": (value) => `${count(value)}/min`,
  "tokens per minute": (value) => `${count(value)} tokens/min`,
  "US dollars": (value) => `$${Math.abs(value) < 1000 ? value.toFixed(2) : count(value)}`,
  "US dollars per hour": (value) => `$${value.toFixed(2)}/h`,
  cores: (value) => `${digits(value)} cores`,
};

export const write = (value, unit) => (value == null || Number.isNaN(value) ? "–" : (WRITE[unit] || count)(value));
