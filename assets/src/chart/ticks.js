/* Ticks of a time axis at round local times, the same as panels/svg.py gives in UTC. Pure functions. */

const SECOND = 1000;
const DAY = 86400;
const STEPS = [
  1,
  2,
  5,
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  900,
  1800,
  3600,
  7200,
  10800,
  21600,
  43200,
  DAY,
  172800,
  432000,
  864000,
  2592000,
];
const ZONE_STEP = 900; // seconds: zones change by quarters of an hour at least
const APART = 64; // pixels
const APART_WITH_DAY = 112; // the last one moves to the left by up to a third of its width

/** What a tick says. @typedef {"second" | "minute" | "day-minute" | "day"} TickForm */

/**
 * Instants of the ticks in epoch ms, far enough apart to be readable, and what they say.
 * @param {number} start epoch ms
 * @param {number} end
 * @param {number} pixels width of the plot
 * @param {(ms: number) => number} offsetAt milliseconds that the zone is ahead of UTC
 * @returns {{instants: number[], form: TickForm}}
 */
export function timeTicks(start, end, pixels, offsetAt) {
  const seconds = (end - start) / SECOND;
  const isLong = seconds > 0.9 * DAY;
  const least = seconds / Math.max(pixels / (isLong ? APART_WITH_DAY : APART), 1);
  const spacing = STEPS.find((step) => step >= least) || STEPS[STEPS.length - 1];
  const form = spacing < 60 ? "second" : spacing >= DAY ? "day" : isLong ? "day-minute" : "minute";
  return { instants: roundInstants(start, end, spacing * SECOND, offsetAt), form };
}

/**
 * Where the zone's offset changes within the range, every quarter of an hour is looked at.
 * @param {number} start
 * @param {number} end
 * @param {number} spacing
 * @param {(ms: number) => number} offsetAt
 */
function roundInstants(start, end, spacing, offsetAt) {
  const shift = offsetAt(end);
  const isConstant = offsetAt(start) === shift;
  const step = isConstant ? spacing : Math.min(spacing, ZONE_STEP * SECOND);
  const phase = isConstant ? shift : 0;
  const instants = [];
  for (let instant = Math.ceil((start + phase) / step) * step - phase; instant <= end; instant += step)
    if (isConstant || (instant + offsetAt(instant)) % spacing === 0) instants.push(instant);
  return instants;
}
