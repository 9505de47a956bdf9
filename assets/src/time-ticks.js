/* Ticks of a time axis at round local times. Pure functions. */

const MINUTE = 60000;
const DAY = 1440 * MINUTE;
const SPACINGS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400].map(
  (minutes) => minutes * MINUTE,
);
const ZONE_STEP = 15 * MINUTE; // zones change by quarters of an hour at least
const PIXELS_PER_TICK = 80;
const DEFAULT_WIDTH = 600;

/**
 * Instants of the ticks, and whether they stand for days.
 * @param {number} start epoch ms
 * @param {number} end
 * @param {number} width of the axis in pixels, 0 when unknown
 * @param {(ms: number) => number} offsetAt milliseconds that the zone is ahead of UTC
 */
export function timeTicks(start, end, width, offsetAt) {
  const count = Math.max(2, Math.min(8, Math.floor((width || DEFAULT_WIDTH) / PIXELS_PER_TICK)));
  const spacing = SPACINGS.find((size) => (end - start) / size <= count) || SPACINGS[SPACINGS.length - 1];
  const step = Math.min(spacing, ZONE_STEP);
  const instants = [];
  for (let instant = Math.ceil(start / step) * step; instant <= end; instant += step)
    if ((instant + offsetAt(instant)) % spacing === 0) instants.push(instant);
  return { instants, isDaily: spacing >= DAY };
}
