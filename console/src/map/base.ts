// The base map beneath everything: the operator's own tiles where there are any, in our own colours.
// Nothing comes from elsewhere: letters are drawn from the fonts of this machine, Chinese ones too.

import { addProtocol, type LayerSpecification, type SourceSpecification } from "maplibre-gl";
import { FetchSource, PMTiles, Protocol } from "pmtiles";

import type { Schemas } from "../api/client";
import type { Language } from "../words";

export type BaseMap = Schemas["BaseMapShown"];
type Part = { sources: Record<string, SourceSpecification>; layers: LayerSpecification[] };

const ADDRESS = `${location.origin}/api/v1/basemap/tiles`;
const FONTS = ["Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "sans-serif"];
// What a layer is called: by us and Protomaps first, then by OpenMapTiles.
const NAMES = {
  landuse: ["landuse", "landcover", "park"],
  water: ["water"],
  waterway: ["waterway"],
  buildings: ["buildings", "building"],
  roads: ["roads", "transportation"],
  roadNames: ["roads", "transportation_name"],
  places: ["places", "place"],
};
const WATER = "#16324a";
const HALO = "#10151b";
// What kind a thing is, in either's words.
const KIND = ["coalesce", ["get", "kind"], ["get", "class"], ""];
const isOneOf = (...kinds: string[]) => ["in", KIND, ["literal", kinds]];
const isShape = (shape: string) => ["==", ["geometry-type"], shape];
const wide = (...stops: number[]) => ["interpolate", ["exponential", 1.6], ["zoom"], ...stops];

/** Sources and layers of the base map; nothing where the operator gave none. */
export function basePart(base: BaseMap, language: Language): Part {
  if (!base.is_there) return { sources: {}, layers: [] };
  const protocol = new Protocol({ metadata: false });
  protocol.add(new PMTiles(new FetchSource(ADDRESS)));
  addProtocol("pmtiles", protocol.tile);
  const source: SourceSpecification = {
    type: "vector", tiles: [`pmtiles://${ADDRESS}/{z}/{x}/{y}`], minzoom: base.zoom_min, maxzoom: base.zoom_max,
    bounds: [base.west, base.south, base.east, base.north],
  };
  const has = (names: string[]) => names.find((name) => base.layers.includes(name));
  const layers: unknown[] = [];
  const draw = (id: keyof typeof NAMES, layer: Record<string, unknown>, as: string = id) => {
    const found = has(NAMES[id]);
    if (found) layers.push({ id: `base-${as}`, source: "base", "source-layer": found, ...layer });
  };
  const name = ["coalesce", ["get", language === "zh" ? "name:zh" : "name:en"], ["get", "name"]];
  const text = (size: number) => ({ "text-field": name, "text-font": FONTS, "text-size": size });
  const ink = (colour: string) => ({ "text-color": colour, "text-halo-color": HALO, "text-halo-width": 1.2 });

  const works = ["case", isOneOf("industrial", "railway", "port"), "#191d24", "#15241f"];
  draw("landuse", { type: "fill", filter: isShape("Polygon"), paint: { "fill-color": works } });
  draw("water", { type: "fill", filter: isShape("Polygon"), paint: { "fill-color": WATER } });
  const river = { "line-color": WATER, "line-width": wide(9, 0.6, 16, 4) };
  draw("water", { type: "line", filter: isShape("LineString"), paint: river }, "rivers");
  draw("waterway", { type: "line", paint: river });
  draw("buildings", { type: "fill", minzoom: 13, paint: { "fill-color": "#1f2733", "fill-outline-color": "#2b3644" } });
  const great = isOneOf("highway", "motorway", "trunk");
  const large = isOneOf("major_road", "primary", "secondary", "tertiary");
  const rail = isOneOf("rail", "transit", "subway", "tram");
  const small = isOneOf("path", "track", "pedestrian");
  const others = ["!", ["any", great, large, rail, small]];
  const line = (id: string, filter: unknown, paint: Record<string, unknown>, minzoom = 0) =>
    draw("roads", { type: "line", minzoom, filter: ["all", isShape("LineString"), filter], layout: { "line-cap": "round", "line-join": "round" }, paint }, id);
  line("paths", small, { "line-color": "#26303c", "line-width": 1 }, 14);
  line("streets", others, { "line-color": "#2b3643", "line-width": wide(12, 0.5, 18, 9) }, 12);
  line("rails", rail, { "line-color": "#3a4656", "line-width": 1.2, "line-dasharray": [4, 2] }, 11);
  line("roads", large, { "line-color": "#364556", "line-width": wide(9, 0.6, 18, 14) });
  line("highways", great, { "line-color": "#465a70", "line-width": wide(7, 0.8, 18, 18) });
  draw("roadNames", { type: "symbol", minzoom: 14, filter: isShape("LineString"), layout: { ...text(11), "symbol-placement": "line" }, paint: ink("#8b9bab") });
  draw("places", { type: "symbol", layout: { ...text(13), "text-max-width": 8 }, paint: ink("#b3c0cc") });
  return { sources: { base: source }, layers: layers as LayerSpecification[] };
}
