// The console's beginning: styles, theme, language, then the app.
import "@patternfly/react-core/dist/styles/base.css";
import "./app/app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { startReload } from "./app/reload";
import { startLanguage } from "./i18n";
import { startTheme } from "./lib/theme";

startReload();
startTheme();
await startLanguage();
const root = document.getElementById("root");
if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);
