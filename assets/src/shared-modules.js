/* Modules of the app's script that the script of exploring pages uses as well: both must see the same state. The build
   reads the names from the imports here. */

import * as choices from "./choices.js";
import * as clipboard from "./clipboard.js";
import * as clock from "./clock.js";
import * as dom from "./dom.js";
import * as explorer from "./explorer.js";
import * as loadFile from "./load-file.js";
import * as theme from "./theme.js";
import * as timeFormat from "./time-format.js";
import * as units from "./units.js";
import * as urlState from "./url-state.js";
import * as visible from "./visible.js";

/** Hand them out. Called once, by main.js. */
export function start() {
  window.codeagentModules = {
    "choices.js": choices,
    "clipboard.js": clipboard,
    "clock.js": clock,
    "dom.js": dom,
    "explorer.js": explorer,
    "load-file.js": loadFile,
    "theme.js": theme,
    "time-format.js": timeFormat,
    "units.js": units,
    "url-state.js": urlState,
    "visible.js": visible,
  };
}
