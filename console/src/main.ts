import "./style.css";

import { createApp } from "vue";
import App from "./App.vue";
import { router } from "./router";
import { i18n, language } from "./words";

document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
createApp(App).use(i18n).use(router).mount("#app");
