// The pages; each is loaded when it is first gone to.

import { HOME, IN_DRILL } from "./home";
import { createRouter, createWebHistory } from "vue-router";

export const PAGES = ["overview", "cases", "whatif", "packs", "audit", "reports", "drill", "admin"] as const;

/** The pages of the way around; a drill has those that are practised on. */
export const SHOWN = PAGES.filter((page) => !IN_DRILL || ["overview", "cases", "packs", "drill"].includes(page));

type Page = (typeof PAGES)[number];
const PARENTS: Record<string, Page> = { case: "cases", entity: "overview", report: "reports" };

/** The page of the way around that a route belongs to. */
export const pageOf = (name: PropertyKey): Page => PAGES.find((page) => page === name) ?? PARENTS[String(name)] ?? "overview";

export const router = createRouter({
  history: createWebHistory(HOME || "/"),
  routes: [
    { path: "/", name: "overview", component: () => import("./pages/OverviewPage.vue") },
    { path: "/cases", name: "cases", component: () => import("./pages/CasesPage.vue") },
    { path: "/cases/:id", name: "case", component: () => import("./pages/CasePage.vue"), props: true },
    { path: "/whatif", name: "whatif", component: () => import("./pages/WhatIfPage.vue") },
    { path: "/packs", name: "packs", component: () => import("./pages/PacksPage.vue") },
    { path: "/audit", name: "audit", component: () => import("./pages/AuditPage.vue") },
    { path: "/reports", name: "reports", component: () => import("./pages/ReportsPage.vue") },
    { path: "/reports/:id", name: "report", component: () => import("./pages/ReportPage.vue"), props: true },
    { path: "/drill", name: "drill", component: () => import("./pages/DrillPage.vue") },
    { path: "/admin", name: "admin", component: () => import("./pages/AdminPage.vue") },
    { path: "/portal", name: "portal", component: () => import("./pages/PortalPage.vue") },
    {
      path: "/entities/:id+",
      name: "entity",
      component: () => import("./pages/EntityPage.vue"),
      props: (route) => ({ id: (route.params.id as string[]).join("/") }),
    },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
});
