// What the portal shows, from top to bottom: components of their own, each loads what it shows.
// Policies, applications and awards have a page of their own, which is led to from here.

import type { Component } from "vue";
import AccessSection from "./AccessSection.vue";
import CasesSection from "./CasesSection.vue";
import PointsSection from "./PointsSection.vue";
import PoliciesSection from "./PoliciesSection.vue";
import TokensSection from "./TokensSection.vue";

export const SECTIONS: readonly Component[] = [PoliciesSection, CasesSection, PointsSection, AccessSection, TokensSection];
