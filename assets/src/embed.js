/* The entry point of frames in other sites: charts that answer, data that are renewed, links that open beside the site,
   and the height that the frame needs. */

import { start as startBoardRefresh } from "./board-refresh.js";
import { start as startCrosshair } from "./chart/crosshair.js";
import { start as startGestures } from "./chart/gestures.js";
import { start as startCharts } from "./chart/view.js";
import { start as startClock } from "./clock.js";
import { start as startFrameHeight } from "./frame-height.js";
import { start as startFrameLinks } from "./frame-links.js";
import { start as startRowChoice } from "./row-choice.js";
import { start as startTheme } from "./theme.js";
import { start as startUrlState } from "./url-state.js";

for (const start of [
  startClock,
  startUrlState,
  startTheme,
  startCharts,
  startCrosshair,
  () => startGestures(),
  startBoardRefresh,
  startFrameLinks,
  startRowChoice,
  startFrameHeight,
])
  start();
