import { init } from "./redoc.standalone.js";

// The bundle reports usage to its maker unless it is told not to.
init("/openapi.json", { disableTelemetry: true, router: "hash" }, document.getElementById("redoc"));
