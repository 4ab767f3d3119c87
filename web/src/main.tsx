import { render } from "preact";
import { App } from "./app.tsx";
import { followPushes, startWorker } from "./state/pushes.ts";
import { startSession } from "./state/session.ts";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/messages.css";
import "./styles/panels.css";

startSession();
followPushes();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
// After what one waits for: the worker fetches the files of all views.
if (import.meta.env.PROD) addEventListener("load", () => void startWorker().catch(() => {}));
