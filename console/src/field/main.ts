import "../style.css";

import { createApp } from "vue";
import { i18n, language } from "../words";
import FieldApp from "./FieldApp.vue";

document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
createApp(FieldApp).use(i18n).mount("#app");
// It opens again without a network, where the browser lets it: over an encrypted line, or on this machine.
if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/field-worker.js", { scope: "/field" });
