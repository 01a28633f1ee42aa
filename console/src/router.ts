// The pages; each is loaded when it is first gone to.

import { HOME, IN_DRILL } from "./home";
import { createRouter, createWebHistory, type RouteLocationNormalized } from "vue-router";

export const PAGES = ["overview", "cases", "traffic", "whatif", "packs", "schemes", "audit", "reports", "drill", "admin"] as const;

/** The pages of the way around; a drill has those that are practised on. */
export const SHOWN = PAGES.filter((page) => !IN_DRILL || ["overview", "cases", "packs", "drill"].includes(page));

type Page = (typeof PAGES)[number];
const PARENTS: Record<string, Page> = { case: "cases", entity: "overview", junction: "traffic", lane: "traffic", order: "traffic", "traffic-charts": "traffic", "lane-day": "traffic", backtest: "traffic", report: "reports", policies: "schemes", "schemes-queue": "schemes", "schemes-budget": "schemes", "schemes-report": "schemes" };
/** The pages of an enterprise; the address of another leads it back to the first. */
export const OWN_PAGES = ["portal", "policies"] as const;
export const isOwn = (name: PropertyKey | null | undefined): boolean => OWN_PAGES.some((one) => one === name);

/** The page of the way around that a route belongs to. */
export const pageOf = (name: PropertyKey): Page => PAGES.find((page) => page === name) ?? PARENTS[String(name)] ?? "overview";

const named = (route: RouteLocationNormalized) => ({ id: [route.params.id].flat().join("/") });

export const router = createRouter({
  history: createWebHistory(HOME || "/"),
  routes: [
    { path: "/", name: "overview", component: () => import("./pages/OverviewPage.vue") },
    { path: "/cases", name: "cases", component: () => import("./pages/CasesPage.vue") },
    { path: "/cases/:id", name: "case", component: () => import("./pages/CasePage.vue"), props: true },
    { path: "/traffic/charts", name: "traffic-charts", component: () => import("./traffic/ChartsPage.vue") },
    { path: "/whatif", name: "whatif", component: () => import("./pages/WhatIfPage.vue") },
    { path: "/traffic/what-if", name: "lane-day", component: () => import("./laneday/LaneDayPage.vue") },
    { path: "/traffic/backtest", name: "backtest", component: () => import("./backtest/BacktestPage.vue") },
    { path: "/packs", name: "packs", component: () => import("./pages/PacksPage.vue") },
    { path: "/traffic", name: "traffic", component: () => import("./room/TrafficPage.vue") },
    { path: "/traffic/junctions/:id+", name: "junction", component: () => import("./room/JunctionPage.vue"), props: named },
    { path: "/traffic/lanes/:id+", name: "lane", component: () => import("./room/LanePage.vue"), props: named },
    { path: "/orders/:id+", name: "order", component: () => import("./room/OrderPage.vue"), props: named },
    { path: "/audit", name: "audit", component: () => import("./pages/AuditPage.vue") },
    { path: "/reports", name: "reports", component: () => import("./pages/ReportsPage.vue") },
    { path: "/reports/:id", name: "report", component: () => import("./pages/ReportPage.vue"), props: true },
    { path: "/drill", name: "drill", component: () => import("./pages/DrillPage.vue") },
    { path: "/admin", name: "admin", component: () => import("./pages/AdminPage.vue") },
    { path: "/portal", name: "portal", component: () => import("./pages/PortalPage.vue") },
    { path: "/policies", name: "policies", component: () => import("./schemes/PoliciesPage.vue") },
    {
      path: "/schemes",
      component: () => import("./schemes/OfficePage.vue"),
      children: [
        { path: "", name: "schemes", component: () => import("./schemes/WorkbenchPage.vue") },
        { path: "queue", name: "schemes-queue", component: () => import("./schemes/QueuePage.vue") },
        { path: "budget", name: "schemes-budget", component: () => import("./schemes/BudgetPage.vue") },
        { path: "report", name: "schemes-report", component: () => import("./schemes/ReportPage.vue") },
      ],
    },
    {
      path: "/entities/:id+",
      name: "entity",
      component: () => import("./pages/EntityPage.vue"),
      props: named,
    },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
});
