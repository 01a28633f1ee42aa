// What the portal shows, from top to bottom. Policies that fit, applications, awards and certificates
// are components of their own, added to this list by whoever builds them; each loads what it shows.

import type { Component } from "vue";
import AccessSection from "./AccessSection.vue";
import CasesSection from "./CasesSection.vue";
import PointsSection from "./PointsSection.vue";
import TokensSection from "./TokensSection.vue";

export const SECTIONS: readonly Component[] = [CasesSection, PointsSection, AccessSection, TokensSection];
