/* The entry point of the bundle: what listens to the page starts here, in this order. */

import { start as startAcknowledge } from "./acknowledge.js";
import { start as startBoardRefresh } from "./board-refresh.js";
import { start as startCrosshair } from "./chart/crosshair.js";
import { start as startGestures } from "./chart/gestures.js";
import { chartOfPanel, start as startCharts } from "./chart/view.js";
import * as clock from "./clock.js";
import { start as startClock } from "./clock.js";
import { start as startCompletion } from "./completion.js";
import { start as startControlLabels } from "./control-labels.js";
import { start as startControls } from "./controls.js";
import { start as startExplorer } from "./explorer.js";
import { start as startFullScreen } from "./full-screen.js";
import { start as startIncident } from "./incident.js";
import { start as startKiosk } from "./kiosk.js";
import { screens, showScreen, start as startKioskFit } from "./kiosk-fit.js";
import { start as startLogLines } from "./log-lines.js";
import { start as startLogPage } from "./log-page.js";
import { start as startLogTail } from "./log-tail.js";
import { start as startOffline } from "./offline/registration.js";
import { handleTap } from "./point-menu.js";
import { start as startPopups } from "./popups.js";
import { start as startPush } from "./push-loader.js";
import { start as startRangeBrush } from "./range-brush.js";
import { start as startScrollPlace } from "./scroll-place.js";
import { start as startSilences } from "./silences.js";
import { start as startSpanSearch } from "./span-search.js";
import { start as startTheme } from "./theme.js";
import { start as startTouch } from "./touch-loader.js";
import { start as startTraceZoom } from "./trace-zoom.js";
import * as urlState from "./url-state.js";
import { start as startUrlState } from "./url-state.js";
import { visible, visibleName } from "./visible.js";
import { start as startWaterfall } from "./waterfall.js";

for (const start of [
  startClock,
  startUrlState,
  startScrollPlace,
  startSilences,
  startAcknowledge,
  startPush,
  startIncident,
  startTheme,
  startCharts,
  startCrosshair,
  () => startGestures(handleTap),
  startFullScreen,
  startBoardRefresh,
  startPopups,
  startControls,
  startControlLabels,
  startKiosk,
  startKioskFit,
  startExplorer,
  startRangeBrush,
  startWaterfall,
  startTraceZoom,
  startSpanSearch,
  startLogPage,
  startLogLines,
  startCompletion,
  startOffline,
  startTouch,
  startLogTail,
])
  start();

// For the console and for browser tests.
window.codeagent = { chartOfPanel, clock, screens, showScreen, url: urlState, visible, visibleName };
