/* The entry point of the second script of exploring pages: logs, traces, alerts, incidents, and parts below a board. */

import { start as startAcknowledge } from "./acknowledge.js";
import { start as startCompletion } from "./completion.js";
import { start as startIncident } from "./incident.js";
import { start as startLogLines } from "./log-lines.js";
import { start as startLogPage } from "./log-page.js";
import { start as startLogTail } from "./log-tail.js";
import { start as startPush } from "./push-loader.js";
import { start as startSilences } from "./silences.js";
import { start as startSpanSearch } from "./span-search.js";
import { start as startTraceZoom } from "./trace-zoom.js";
import { start as startWaterfall } from "./waterfall.js";

for (const start of [
  startSilences,
  startAcknowledge,
  startPush,
  startIncident,
  startTraceZoom,
  startSpanSearch,
  startWaterfall, // prepares the trace on the page for those before it
  startLogPage,
  startLogLines,
  startCompletion,
  startLogTail,
])
  start();
