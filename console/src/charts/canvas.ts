// The canvas that charts are drawn on: begun, resized and given back in one place; how axes look.

import { init, type EChartsType } from "echarts/core";
import { onBeforeUnmount, onMounted, useTemplateRef, watch } from "vue";
import { figure } from "../words/steps";

const INK = "#dde5ec";
const QUIET = "#9fb0bf";

/** How every axis looks. */
export const AXIS = { axisLine: { lineStyle: { color: "#5a6b7a" } }, axisLabel: { color: QUIET, hideOverlap: true }, nameTextStyle: { color: QUIET }, splitLine: { lineStyle: { color: "#26323e" } } };
export const LEGEND = { top: 0, type: "plain", textStyle: { color: INK } };

/** Room for the axes' words, and above for the legend; px. */
export const grid = (top: number): object => ({ left: 8, right: 12, top, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" });

/** A tooltip on the canvas: those of HTML carry inline styles, which the content policy refuses. */
export const tooltip = (shown: (value: unknown) => string): object => ({ trigger: "axis", renderMode: "richText", confine: true, valueFormatter: shown });
export const withUnit = (unit: string) => (value: unknown): string => `${figure(value)} ${unit}`;

/** A canvas in the element called "root", drawn anew when what is watched changes; gives the chart. */
export function useCanvas(option: () => object, of: () => unknown, ready: (chart: EChartsType) => void = () => {}): () => EChartsType | undefined {
  const root = useTemplateRef<HTMLElement>("root");
  let chart: EChartsType | undefined;
  const watcher = new ResizeObserver(() => chart?.resize());
  const draw = () => chart?.setOption({ animation: false, ...option() }, { notMerge: true });
  onMounted(() => {
    chart = init(root.value!, undefined, { renderer: "canvas" });
    ready(chart);
    watcher.observe(root.value!);
    draw();
  });
  watch(of, draw);
  onBeforeUnmount(() => {
    watcher.disconnect();
    chart?.dispose();
  });
  return () => chart;
}
